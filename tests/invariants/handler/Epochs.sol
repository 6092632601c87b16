// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IKeeperRegistry} from "../../../contracts/interfaces/IKeeperRegistry.sol";
import {Actors, KEEPERS} from "../Actors.sol";
import {VM} from "../Vm.sol";
import {Base} from "./Base.sol";

/// @title Committees as they should be: who sits where, who holds, who serves
abstract contract Epochs is Base {
    uint256 internal constant THRESHOLD = 2;
    /// How many accounts take turns at a seat.
    uint256 private constant LIVES = 3;

    uint32 internal _epoch;
    uint32 internal _serving;
    mapping(uint256 epoch => uint256[KEEPERS]) private _keeperKeys;
    /// Bit i is set once keeper i has confirmed.
    mapping(uint256 epoch => uint256) private _holding;
    /// From 1 on; an operator keeps it for ever.
    mapping(uint256 key => uint256) private _seatOf;

    constructor() {
        _bookCommittee(0);
        _serving = 1;
    }

    /// @notice A keeper says that it took over; sometimes for an epoch that is over, or in another's place.
    function confirmHandover(uint256 seed) external {
        uint32 epoch = _throw(seed, 1, 8) == 0 ? uint32(1 + _throw(seed, 2, _epoch)) : _epoch;
        uint8 index = uint8(1 + _throw(seed, 3, KEEPERS));
        uint8 signer = _throw(seed, 4, 8) == 0 ? uint8(1 + _throw(seed, 5, KEEPERS)) : index;
        bool expected = epoch == _epoch && signer == index && (_holding[epoch] >> index) & 1 == 0;
        _same(_confirm(epoch, index, _keyOf(epoch, signer)), expected, "a confirmation");
        if (!expected) return;
        _holding[epoch] |= 1 << index;
        _did("confirmHandover");
        if (_serving == epoch || _holders(epoch) < THRESHOLD) return;
        _serving = epoch;
        _did("serveEpoch");
    }

    // --- internal ---

    function _keyOf(uint256 epoch, uint256 index) internal view returns (uint256) {
        return _keeperKeys[epoch][index - 1];
    }

    /// @dev The committee that `number` stands for: who sits at each seat, and now and then two of them in the wrong one.
    function _candidates(uint64 number) internal pure returns (IKeeperRegistry.Keeper[] memory keepers) {
        uint256[KEEPERS] memory keys = _keysOf(number);
        keepers = new IKeeperRegistry.Keeper[](KEEPERS);
        for (uint256 i = 0; i < KEEPERS; ++i) {
            keepers[i] = IKeeperRegistry.Keeper(VM.addr(keys[i]), Actors.sealingKey(keys[i]), "there");
        }
    }

    /// @dev Whether nobody of them has sat elsewhere.
    function _areFree(uint64 number) internal view returns (bool) {
        uint256[KEEPERS] memory keys = _keysOf(number);
        for (uint256 i = 0; i < KEEPERS; ++i) {
            uint256 seat = _seatOf[keys[i]];
            if (seat != 0 && seat != i + 1) return false;
        }
        return true;
    }

    function _bookCommittee(uint64 number) internal {
        uint256[KEEPERS] memory keys = _keysOf(number);
        _keeperKeys[++_epoch] = keys;
        for (uint256 i = 0; i < KEEPERS; ++i) {
            _seatOf[keys[i]] = i + 1;
        }
    }

    /// @dev The newest epoch is dealt to, the last one whose keepers held everything serves; neither ever goes back.
    function _checkEpochs() internal view {
        _equal(KEEPER_BOOK.currentEpoch(), _epoch, "the newest epoch");
        _equal(REGISTRY.currentEpoch(), _epoch, "the registry's epoch");
        _equal(KEEPER_BOOK.servingEpoch(), _serving, "the serving epoch");
        _atMost(_serving, _epoch, "serving before it is formed");
        for (uint8 i = 1; i <= KEEPERS; ++i) {
            _same(KEEPER_BOOK.isHolding(_epoch, i), (_holding[_epoch] >> i) & 1 == 1, "who holds");
            address operator = KEEPER_BOOK.keeperOf(_serving, i).operator;
            _same(operator == VM.addr(_keyOf(_serving, i)), true, "a keeper that serves");
        }
    }

    function _holders(uint256 epoch) private view returns (uint256 count) {
        for (uint256 i = 1; i <= KEEPERS; ++i) {
            count += (_holding[epoch] >> i) & 1;
        }
    }

    function _confirm(uint32 epoch, uint8 index, uint256 key) private returns (bool done) {
        bytes32 structHash = keccak256(abi.encode(keccak256("Handover(uint32 epoch,uint8 index)"), epoch, index));
        bytes memory signature = Actors.sign(key, _digest("KeeperRegistry", address(KEEPER_BOOK), structHash));
        try KEEPER_BOOK.confirmHandover(epoch, index, signature) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev Zero stands for the first committee.
    function _keysOf(uint64 number) private pure returns (uint256[KEEPERS] memory keys) {
        uint256 rest = number;
        for (uint256 i = 0; i < KEEPERS; ++i) {
            keys[i] = Actors.keeperKey(i, rest % LIVES);
            rest /= LIVES;
        }
        if (rest % 6 == 5) (keys[0], keys[1]) = (keys[1], keys[0]);
    }
}
