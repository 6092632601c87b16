// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IDataRegistry} from "../../../contracts/interfaces/IDataRegistry.sol";
import {IKeeperRegistry} from "../../../contracts/interfaces/IKeeperRegistry.sol";
import {Actors, KEEPERS} from "../Actors.sol";
import {VM} from "../Vm.sol";
import {Deals} from "./Deals.sol";

/// @title Editions, their attestations, and receipts
abstract contract Keepers is Deals {
    /// @notice Anybody seals the next edition of a collection; keepers often attest it at once.
    function seal(uint256 seed) external {
        uint8 collection = uint8(seed % COLLECTIONS);
        _seal(collection);
        if (_throw(seed, 2, 3) != 0) _attest(_newest[collection], seed);
    }

    /// @notice Two or three keepers attest the newest edition of a collection.
    function attest(uint256 seed) external {
        _attest(_newest[seed % COLLECTIONS], seed);
    }

    /// @notice Up to three keepers post their receipts, themselves or by signature.
    function receipt(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isGranted);
        if (id == 0) return;
        uint256 first = _throw(seed, 1, KEEPERS);
        for (uint256 i = 0; i < 1 + _throw(seed, 3, 3); ++i) {
            _receive(id, uint8(1 + (first + i) % KEEPERS), _throw(seed, 2, 2) == 0);
        }
    }

    // --- internal ---

    function _receive(uint64 id, uint8 index, bool byItself) private {
        Deal storage deal = _deals[id];
        bool expected =
            block.timestamp <= deal.deliverBy && (deal.posted >> index) & 1 == 0 && !KEEPER_BOOK.deliveryOf(id).halted;
        _same(_post(id, index, byItself), expected, "a receipt");
        if (!expected) return;
        _didPost(deal);
        deal.posted |= uint8(1 << index);
        if (++deal.receipts == THRESHOLD) deal.deliveredAt = uint48(block.timestamp);
        _did("receipt");
    }

    /// @dev Both must happen: keepers that were left behind deliver, and their successors what was sealed before.
    function _didPost(Deal storage deal) private {
        if (deal.epoch < _serving) _did("receiptOfLeaver");
        if (_sealedUnder[deal.edition] < deal.epoch) _did("receiptOfSuccessor");
    }

    /// @dev Can be sealed exactly where the interval is over, something changed before this second, and the newest
    /// committee serves.
    function _seal(uint8 collection) internal {
        uint40 newest = _newest[collection];
        uint256 last = newest == 0 ? 0 : _editions[newest];
        bool expected = (newest == 0 || block.timestamp >= last + 1 + 1 hours) && _settledChange(collection) > last;
        expected = expected && _serving == _epoch;
        uint40 edition;
        try REGISTRY.seal(collection) returns (uint40 sealed_) {
            edition = sealed_;
        } catch {}
        _same(edition != 0, expected, "a seal");
        if (edition == 0) return;
        _editions.push(uint48(block.timestamp - 1));
        _equal(edition, _editions.length - 1, "an edition's number");
        _newest[collection] = edition;
        IDataRegistry.Edition memory facts = REGISTRY.editionOf(edition);
        _equal(facts.historyCount, _settledCount(), "an edition's history count");
        _equal(facts.totalUnits, TOKEN.pastTotalUnits(collection, block.timestamp - 1), "an edition's units");
        _equal(facts.epoch, _serving, "an edition's epoch");
        _sealedUnder[edition] = facts.epoch;
        _did("seal");
    }

    function _attest(uint40 edition, uint256 seed) internal {
        if (edition == 0 || _roots[edition] != 0) return;
        bytes32 root = keccak256(abi.encode("root", edition));
        bytes32 typeHash = keccak256("Attestation(uint40 editionId,bytes32 root)");
        bytes32 digest = _digest("KeeperRegistry", address(KEEPER_BOOK), keccak256(abi.encode(typeHash, edition, root)));
        uint256 without = 1 + _throw(seed, 1, KEEPERS + 1);
        uint256 count = without > KEEPERS ? KEEPERS : KEEPERS - 1;
        (uint8[] memory indexes, bytes[] memory signatures) = (new uint8[](count), new bytes[](count));
        uint256 place;
        for (uint256 i = 1; i <= KEEPERS; ++i) {
            if (i == without) continue;
            (indexes[place], signatures[place]) = (uint8(i), Actors.sign(_keyOf(_serving, i), digest));
            ++place;
        }
        KEEPER_BOOK.attest(edition, root, indexes, signatures);
        _roots[edition] = root;
        _did("attest");
    }

    function _post(uint64 id, uint8 index, bool byItself) private returns (bool done) {
        IKeeperRegistry.Receipt memory said = IKeeperRegistry.Receipt({
            licenceId: id,
            index: index,
            bundleDigest: keccak256(abi.encode(id, index)),
            bundleLength: 1,
            count: 1,
            editionRoot: _roots[_deals[id].edition],
            releaseKeyHash: keccak256(abi.encode(DESK.requestOf(id).terms.releaseKey))
        });
        uint256 key = _keyOf(_deals[id].epoch, index);
        if (byItself) {
            VM.prank(VM.addr(key));
            try KEEPER_BOOK.postReceipt(said) {
                return true;
            } catch {
                return false;
            }
        }
        bytes32 typeHash = keccak256(
            "Receipt(uint64 licenceId,uint8 index,bytes32 bundleDigest,uint64 bundleLength,uint64 count,bytes32 editionRoot,bytes32 releaseKeyHash)"
        );
        bytes32 digest = _digest("KeeperRegistry", address(KEEPER_BOOK), keccak256(abi.encode(typeHash, said)));
        try KEEPER_BOOK.postReceiptFor(said, Actors.sign(key, digest)) {
            return true;
        } catch {
            return false;
        }
    }
}
