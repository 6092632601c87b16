// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

import {IContributionToken} from "./interfaces/IContributionToken.sol";
import {IDataRegistry} from "./interfaces/IDataRegistry.sol";
import {IKeeperRegistry} from "./interfaces/IKeeperRegistry.sol";
import {Peers, UnexpectedCaller} from "./interfaces/Peers.sol";

/// @title The log of changes and the editions sealed from it
/// @notice The registry's half that knows time: every change is chained to {historyHead}, and an edition is sealed from
/// what was chained before the current second.
/// @dev An edition sealed at T describes the end of T − 1, because later transactions may share T's timestamp. {Log}
/// therefore remembers the history as it was before the first change of the newest timestamp that has any.
abstract contract EditionLog is IDataRegistry {
    // --- constants ---

    uint256 private constant MAX_COLLECTIONS = 3;
    uint48 private constant MIN_SEAL_INTERVAL = 1 hours;
    uint48 private constant MAX_SEAL_INTERVAL = 1 days;

    // --- immutables ---

    IContributionToken internal immutable TOKEN;
    address private immutable KEEPERS;
    address private immutable COUNCIL;
    uint8 internal immutable COLLECTIONS;
    uint48 private immutable SEAL_INTERVAL;

    // --- storage ---

    /// One slot. A collection's bit in `fresh`: it changed at `changedAt`; in `pending`: it changed before that and
    /// since its newest edition. Epoch and pause, which every registration asks for, are told to the registry so that it
    /// need not ask two other contracts each time.
    struct Log {
        uint40 count;
        uint40 countBefore;
        uint48 changedAt;
        uint8 pending;
        uint8 fresh;
        uint40 editions;
        uint32 epoch;
        uint40 pausedUntil;
    }

    bytes32 private _head;
    Log private _log;
    mapping(uint40 editionId => Edition) private _editions;
    mapping(uint8 collection => uint40 editionId) private _newest;

    // --- constructor ---

    constructor(Peers memory peers, uint256 collections, uint48 interval) {
        require(collections > 0 && collections <= MAX_COLLECTIONS, CollectionCountOutOfBounds(collections));
        require(interval >= MIN_SEAL_INTERVAL && interval <= MAX_SEAL_INTERVAL, IntervalOutOfBounds(interval));
        TOKEN = IContributionToken(peers.token);
        KEEPERS = peers.keepers;
        COUNCIL = peers.council;
        COLLECTIONS = uint8(collections);
        SEAL_INTERVAL = interval;
    }

    // --- editions ---

    /// @inheritdoc IDataRegistry
    function seal(uint8 collection) external returns (uint40 editionId) {
        _checkCollection(collection);
        Edition memory edition = _nextEdition(collection);
        editionId = ++_log.editions;
        _editions[editionId] = edition;
        _newest[collection] = editionId;
        emit EditionSealed(
            editionId, collection, edition.timepoint, edition.totalUnits, edition.historyCount, edition.epoch
        );
    }

    // --- what others tell ---

    /// @inheritdoc IDataRegistry
    function beginEpoch(uint32 epoch) external {
        require(msg.sender == KEEPERS, UnexpectedCaller(msg.sender, KEEPERS));
        _log.epoch = epoch;
        emit EpochBegun(epoch);
    }

    /// @inheritdoc IDataRegistry
    function pause(uint40 until) external {
        require(msg.sender == COUNCIL, UnexpectedCaller(msg.sender, COUNCIL));
        _log.pausedUntil = until;
        emit PausedUntil(until);
    }

    // --- views ---

    /// @inheritdoc IDataRegistry
    function pausedUntil() public view returns (uint40) {
        return _log.pausedUntil;
    }

    /// @inheritdoc IDataRegistry
    function currentEpoch() public view returns (uint32) {
        return _log.epoch;
    }

    /// @inheritdoc IDataRegistry
    function historyHead() external view returns (bytes32) {
        return _head;
    }

    /// @inheritdoc IDataRegistry
    function historyCount() external view returns (uint40) {
        return _log.count;
    }

    /// @inheritdoc IDataRegistry
    function newestEdition(uint8 collection) external view returns (uint40 editionId) {
        _checkCollection(collection);
        return _newest[collection];
    }

    /// @inheritdoc IDataRegistry
    function newestSealed(uint8 collection) external view returns (uint40 editionId, uint56 totalUnits) {
        _checkCollection(collection);
        editionId = _newest[collection];
        totalUnits = _editions[editionId].totalUnits;
    }

    /// @inheritdoc IDataRegistry
    function editionOf(uint40 editionId) external view returns (Edition memory) {
        require(_editions[editionId].timepoint != 0, EditionUnknown(editionId));
        return _editions[editionId];
    }

    /// @inheritdoc IDataRegistry
    function editionCount() external view returns (uint40) {
        return _log.editions;
    }

    /// @inheritdoc IDataRegistry
    function sealInterval() external view returns (uint48) {
        return SEAL_INTERVAL;
    }

    // --- internal ---

    /// @dev Chains one change to the history.
    /// All fields are read, then written, at once: 140 gas less than each where it changes.
    /// @param id Of the contribution that changed, or of the member that left.
    /// @param collections One bit for each collection that changed.
    function _append(uint8 kind, bytes32 id, bytes32 dataHash, uint8 collections) internal {
        _head = keccak256(abi.encode(_head, kind, id, dataHash));
        Log storage log = _log;
        (uint40 count, uint40 before, uint8 pending, uint8 fresh) = (log.count, log.countBefore, log.pending, log.fresh);
        if (log.changedAt != block.timestamp) (before, pending, fresh) = (count, pending | fresh, 0);
        (log.count, log.countBefore, log.changedAt) = (count + 1, before, uint48(block.timestamp));
        (log.pending, log.fresh) = (pending, fresh | collections);
    }

    /// @dev The edition that could be sealed now; takes the collection's changes off {Log}.
    function _nextEdition(uint8 collection) private returns (Edition memory edition) {
        (uint32 epoch, uint32 serving) = (_log.epoch, IKeeperRegistry(KEEPERS).servingEpoch());
        require(epoch == serving, HandoverPending(epoch, serving));
        uint40 newest = _newest[collection];
        uint256 earliest = newest == 0 ? 0 : uint256(_editions[newest].timepoint) + 1 + SEAL_INTERVAL;
        require(block.timestamp >= earliest, SealTooSoon(collection, earliest));
        edition.collection = collection;
        edition.timepoint = Time.timestamp() - 1;
        edition.historyCount = _takeChanges(collection);
        edition.totalUnits = TOKEN.pastTotalUnits(collection, edition.timepoint);
        edition.epoch = epoch;
    }

    /// @dev The history count at the end of the previous second; changes of this one stay for the next edition.
    function _takeChanges(uint8 collection) private returns (uint40 count) {
        Log memory log = _log;
        uint8 bit = uint8(1 << collection);
        bool changedNow = log.changedAt == block.timestamp;
        count = changedNow ? log.countBefore : log.count;
        uint8 before = changedNow ? log.pending : log.pending | log.fresh;
        require(before & bit != 0, NothingChanged(collection, count));
        log.pending &= ~bit;
        if (!changedNow) log.fresh &= ~bit;
        _log = log;
    }

    function _requireUnpaused() internal view {
        uint40 until = _log.pausedUntil;
        require(block.timestamp >= until, RegistrationPaused(until));
    }

    function _checkCollection(uint8 collection) internal view {
        require(collection < COLLECTIONS, CollectionUnknown(collection));
    }
}
