// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IAccessDesk} from "../../../contracts/interfaces/IAccessDesk.sol";
import {IDisputeDesk} from "../../../contracts/interfaces/IDisputeDesk.sol";
import {Actors, BUYERS} from "../Actors.sol";
import {VM} from "../Vm.sol";
import {Epochs} from "./Epochs.sol";
import {Log} from "./Log.sol";

/// @title Requests, motions and money as they should be, kept beside the contracts
abstract contract Deals is Log, Epochs {
    /// How a licence came to be.
    enum Way {
        None,
        Vote,
        Offer,
        Counter
    }

    struct Deal {
        IAccessDesk.Status status;
        Way way;
        uint8 asset;
        uint8 buyer;
        uint8 collection;
        bool arbitrated;
        bool metered;
        uint128 price;
        uint128 bond;
        uint40 minEdition;
        uint56 minUnits;
        uint48 executeBy;
        uint48 acceptBy;
        uint40 edition;
        /// whose keepers deliver
        uint32 epoch;
        uint256 proposalId;
        uint48 deliverBy;
        uint8 receipts;
        uint8 posted;
        uint48 deliveredAt;
        IDisputeDesk.Verdict verdict;
        uint48 ruleBy;
        bool bondPaid;
        uint128 disputeBond;
    }

    enum Kind {
        Approve,
        Counter,
        Publish,
        CloseOffer,
        Suspend,
        Reinstate,
        Revoke,
        Fee,
        Committee,
        /// approves a request that another proposal is about
        Smuggle
    }

    /// A proposal that members vote on.
    struct Motion {
        uint256 id;
        Kind kind;
        uint64 subject;
        uint48 expiry;
        bool over;
        address[] targets;
        uint256[] values;
        bytes[] calldatas;
        string description;
        IAccessDesk.Counter answer;
    }

    uint16 internal constant RESERVE_BPS = 500;
    uint16 internal constant KEEPER_BPS = 200;

    /// By request, from 1 on.
    Deal[] internal _deals;
    Motion[] internal _motions;
    /// Proposals that the council has cancelled.
    mapping(uint256 proposalId => bool) internal _vetoed;
    mapping(uint64 id => IAccessDesk.Counter) internal _answers;

    /// By asset.
    uint256[ASSETS] internal _escrowed;
    uint256[ASSETS] internal _bonds;
    uint256[ASSETS] internal _meters;
    uint256 internal _fees;
    /// Net of the cuts.
    mapping(uint256 edition => uint256[ASSETS]) internal _received;
    mapping(uint256 edition => uint256[ASSETS]) internal _claimed;
    /// Received and not claimed, of all editions.
    uint256[ASSETS] internal _unclaimed;
    uint256[ASSETS] internal _reserve;
    uint256[ASSETS] internal _keepersCut;

    /// Timepoint of each edition and its attested root, from 1 on.
    uint48[] internal _editions;
    mapping(uint256 edition => bytes32) internal _roots;
    mapping(uint256 edition => uint32) internal _sealedUnder;
    uint40[COLLECTIONS] internal _newest;

    constructor() {
        _deals.push();
        _editions.push();
    }

    // --- people ---

    function _buyer(uint256 i) internal pure returns (address) {
        return VM.addr(Actors.buyerKey(i % BUYERS));
    }

    function _buyerOf(uint64 id) internal view returns (address) {
        return _buyer(_deals[id].buyer);
    }

    // --- facts ---

    function _dealCount() internal view returns (uint256) {
        return _deals.length - 1;
    }

    function _isOpen(uint64 id) internal view returns (bool) {
        IAccessDesk.Status status = _deals[id].status;
        return status == IAccessDesk.Status.Pending || status == IAccessDesk.Status.Countered
            || status == IAccessDesk.Status.Granted;
    }

    function _isPending(uint64 id) internal view returns (bool) {
        return _deals[id].status == IAccessDesk.Status.Pending;
    }

    function _isCountered(uint64 id) internal view returns (bool) {
        return _deals[id].status == IAccessDesk.Status.Countered;
    }

    function _isGranted(uint64 id) internal view returns (bool) {
        return _deals[id].status == IAccessDesk.Status.Granted;
    }

    function _hasLicence(uint64 id) internal view returns (bool) {
        return _deals[id].way != Way.None;
    }

    /// @dev Whether a licence could be granted now on the newest edition of `collection`.
    function _isGrantable(uint256 collection, uint256 minEdition, uint256 minUnits) internal view returns (bool) {
        uint40 edition = _newest[collection];
        if (_isPaused() || STRIKE.isOn() || edition == 0 || edition < minEdition) return false;
        uint256 units = REGISTRY.editionOf(edition).totalUnits;
        return units >= (minUnits == 0 ? 1 : minUnits) && _roots[edition] != 0;
    }

    /// @dev Whether a request's own proposal has passed and waited.
    function _hasPassed(uint64 id) internal view returns (bool) {
        uint256 proposalId = _deals[id].proposalId;
        IGovernor.ProposalState state = GOVERNOR.state(proposalId);
        bool due = state == IGovernor.ProposalState.Queued && GOVERNOR.proposalEta(proposalId) <= block.timestamp;
        return due || state == IGovernor.ProposalState.Executed;
    }

    /// @dev The last second for a grant: a pause that begins before it moves it by its length.
    function _executeBy(uint64 id) internal view returns (uint256) {
        return DESK.requestOf(id).executeBy;
    }

    // --- bookkeeping ---

    function _bookEscrow(uint64 id) internal {
        _escrowed[_deals[id].asset] += uint256(_deals[id].price) + _deals[id].bond;
    }

    function _bookEnd(uint64 id, IAccessDesk.Status status) internal {
        Deal storage deal = _deals[id];
        _same(_isOpen(id), true, "an end comes once");
        _escrowed[deal.asset] -= uint256(deal.price) + deal.bond;
        deal.status = status;
    }

    function _bookGrant(uint64 id, Way way, uint256 executeBy) internal {
        Deal storage deal = _deals[id];
        deal.status = IAccessDesk.Status.Granted;
        deal.way = way;
        deal.edition = _newest[deal.collection];
        deal.epoch = _serving;
        deal.deliverBy = uint48(executeBy + 30 minutes);
    }

    function _bookClaim(uint256 edition, uint256 asset, uint256 amount) internal {
        _claimed[edition][asset] += amount;
        _unclaimed[asset] -= amount;
    }

    function _bookDeposit(uint256 edition, uint256 asset, uint256 amount) internal {
        uint256 reserve = (amount * RESERVE_BPS) / 10_000;
        uint256 keepers = (amount * KEEPER_BPS) / 10_000;
        _reserve[asset] += reserve;
        _keepersCut[asset] += keepers;
        _received[edition][asset] += amount - reserve - keepers;
        _unclaimed[asset] += amount - reserve - keepers;
    }
}
