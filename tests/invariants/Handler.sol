// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAccessDesk} from "../../contracts/interfaces/IAccessDesk.sol";
import {Actors, KEEPERS, MEMBERS} from "./Actors.sol";
import {Stand} from "./Stand.sol";
import {VM} from "./Vm.sol";
import {Menu} from "./Menu.sol";
import {Base} from "./handler/Base.sol";

/// @title Everything that may happen, everything that must hold, and how it all ends
contract Handler is Menu {
    constructor(Stand stand) Base(stand) {
        for (uint256 i = 0; i < MEMBERS; ++i) {
            bytes32 typeHash = keccak256("Uniqueness(address member,bytes32 person,uint48 deadline)");
            bytes32 structHash = keccak256(abi.encode(typeHash, _members[i], bytes32(i + 1), type(uint48).max));
            bytes32 digest = _digest("ContributionToken", address(TOKEN), structHash);
            bytes memory signature = Actors.sign(Actors.ATTESTOR, digest);
            TOKEN.attestUniqueness(_members[i], bytes32(i + 1), type(uint48).max, signature);
        }
    }

    /// @notice All that must hold after every action. What would take long is looked at in turn.
    function check() external view {
        _checkUnits();
        _checkVotes();
        _checkHistory();
        _checkBalances();
        _checkEpochs();
        bytes memory state = abi.encode(block.timestamp, _count, _deals.length, _motions.length, _escrowed, _unclaimed);
        uint256 turn = uint256(keccak256(state)) >> 8;
        if (turn % 8 == 0) _checkAccounts();
        if (turn % 8 == 1) _checkStrike();
        if (turn % 8 == 2) _checkKeepersCut(turn % ASSETS);
        if (turn % 2 == 0 && _pasts.length != 0) _checkPast(turn / 2 % _pasts.length);
        if (turn % 4 == 1 && _held.length != 0) _checkHeld(turn / 4 % _held.length);
        if (_dealCount() != 0) _checkDeal(uint64(1 + turn % _dealCount()));
        if (_editions.length > 1) _checkEdition(uint40(1 + turn % (_editions.length - 1)), turn % ASSETS);
    }

    /// @notice The same, without turns.
    function checkAll() public view {
        this.check();
        _checkAccounts();
        _checkStrike();
        for (uint256 i = 0; i < _pasts.length; ++i) {
            _checkPast(i);
        }
        for (uint256 i = 0; i < _held.length; ++i) {
            _checkHeld(i);
        }
        for (uint64 id = 1; id <= _dealCount(); ++id) {
            _checkDeal(id);
        }
        for (uint256 asset = 0; asset < ASSETS; ++asset) {
            _checkKeepersCut(asset);
            for (uint40 edition = 1; edition < _editions.length; ++edition) {
                _checkEdition(edition, asset);
            }
        }
    }

    /// @notice Far in the future everything can be moved out by those whom it belongs to: nothing is stuck for ever.
    function drain() external {
        _pass(400 days);
        for (uint64 id = 1; id <= _dealCount(); ++id) {
            if (_isBondDue(id)) _endDispute(id);
            if (!_isOpen(id)) continue;
            if (_isRefundable(id)) _refund(id, id % 2 == 0);
            else _settle(id);
        }
        for (uint64 id = 1; id <= _dealCount(); ++id) {
            if (_isMetered(id)) _closeMeter(id);
        }
        _pass(400 days);
        for (uint64 id = 1; id <= _dealCount(); ++id) {
            if (_isMetered(id) && !METER.accountOf(id).emptied) _takeMeterBond(id);
        }
        if (_fees != 0) this.sweepFees(0);
        _emptyVault();
        checkAll();
        _checkEmpty();
    }

    function _emptyVault() private {
        for (uint256 asset = 0; asset < ASSETS; ++asset) {
            for (uint40 edition = 1; edition < _editions.length; ++edition) {
                _claimMany(edition, asset, MEMBERS);
            }
            for (uint256 i = 0; i < MEMBERS; ++i) {
                _collect(i, asset);
            }
            _sweepReserve(asset);
            for (uint32 epoch = 1; epoch <= _epoch; ++epoch) {
                for (uint8 i = 1; i <= KEEPERS; ++i) {
                    _payKeeper(epoch, i, asset);
                }
            }
        }
    }

    function _checkEmpty() private view {
        for (uint256 asset = 0; asset < ASSETS; ++asset) {
            _equal(_balance(asset, address(DESK)), 0, "left at the desk");
            _equal(_balance(asset, address(DISPUTES)), 0, "left at the dispute desk");
            _equal(_balance(asset, address(METER)), 0, "left at the meter");
            uint256 dust = _epoch * KEEPERS + (_editions.length - 1) * MEMBERS;
            _atMost(_balance(asset, address(VAULT)), dust, "left in the vault");
        }
        for (uint64 id = 1; id <= _dealCount(); ++id) {
            _same(_isOpen(id), false, "an open request");
            _same(_deals[id].status != IAccessDesk.Status.None, true, "a request without an end");
        }
    }
}
