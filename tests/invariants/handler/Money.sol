// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IAccessDesk} from "../../../contracts/interfaces/IAccessDesk.sol";
import {IDisputeDesk} from "../../../contracts/interfaces/IDisputeDesk.sol";
import {Actors} from "../Actors.sol";
import {VM} from "../Vm.sol";
import {Deals} from "./Deals.sol";

/// @title The ways out of escrow, and disputes about them
/// @notice Settlement and refund are tried on any request, and must succeed exactly where the rules say so.
abstract contract Money is Deals {
    uint256 private constant DISPUTE_WINDOW = 20 minutes;

    /// @notice Anybody settles.
    function settle(uint256 seed) external {
        if (_dealCount() == 0) return;
        uint64 id = _find(seed, _dealCount(), _throw(seed, 1, 8) == 0 ? _anything : _isGranted);
        if (id != 0) _settle(id);
    }

    /// @notice Anybody refunds the buyer, or the buyer itself somebody else.
    function refund(uint256 seed) external {
        if (_dealCount() == 0) return;
        uint64 id = _find(seed, _dealCount(), _throw(seed, 1, 8) == 0 ? _anything : _isOpen);
        if (id != 0) _refund(id, _throw(seed, 2, 2) == 0);
    }

    /// @notice A buyer disputes a delivery.
    function openDispute(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isDisputable);
        if (id == 0) return;
        Deal storage deal = _deals[id];
        uint128 bond = DISPUTES.bondOf(id);
        uint256 value = _equip(_buyerOf(id), address(DISPUTES), deal.asset, bond);
        VM.prank(_buyerOf(id));
        DISPUTES.open{value: value}(id, keccak256("claim"));
        (deal.verdict, deal.ruleBy) = (IDisputeDesk.Verdict.Open, uint48(block.timestamp + 1 hours));
        deal.disputeBond = bond;
        _bonds[deal.asset] += bond;
        _did("openDispute");
    }

    /// @notice The arbiter rules.
    function rule(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isRulable);
        if (id == 0) return;
        bool upheld = _throw(seed, 1, 2) == 0;
        VM.prank(VM.addr(Actors.ARBITER));
        DISPUTES.rule(id, upheld, keccak256("reason"));
        _deals[id].verdict = upheld ? IDisputeDesk.Verdict.Upheld : IDisputeDesk.Verdict.Rejected;
        _did(upheld ? "uphold" : "reject");
    }

    /// @notice The bond of a dispute that is over goes back to the buyer, or to the members.
    function endDispute(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isBondDue);
        if (id != 0) _endDispute(id);
    }

    /// @notice Filing fees go to the timelock.
    function sweepFees(uint256) external {
        if (_fees == 0) return;
        DESK.sweepFees();
        _fees = 0;
        _did("sweepFees");
    }

    // --- internal ---

    function _settle(uint64 id) internal {
        Deal storage deal = _deals[id];
        bool delivered = deal.receipts >= THRESHOLD;
        bool expected = _isGranted(id) && delivered && (!deal.arbitrated || _receiptsStand(deal));
        bool done = true;
        try DESK.settle(id) {}
        catch {
            done = false;
        }
        _same(done, expected, "a settlement");
        if (!done) return;
        _bookEnd(id, IAccessDesk.Status.Settled);
        _bookDeposit(deal.edition, deal.asset, deal.price);
        if (deal.metered) _meters[deal.asset] += deal.bond;
        _did(deal.metered ? "settleMetered" : "settle");
    }

    function _refund(uint64 id, bool byBuyer) internal {
        bool expected = _isRefundable(id);
        _same(DESK.isRefundable(id), expected, "isRefundable");
        bool granted = _isGranted(id);
        bool done = true;
        try this.tryRefund(id, byBuyer) {}
        catch {
            done = false;
        }
        _same(done, expected, "a refund");
        if (!done) return;
        _bookEnd(id, IAccessDesk.Status.Refunded);
        _did(!granted ? "refundUngranted" : _deals[id].deliveredAt == 0 ? "refundUndelivered" : "refundUpheld");
    }

    /// @dev One call for both ways, so that either can be caught.
    function tryRefund(uint64 id, bool byBuyer) external {
        if (!byBuyer) return DESK.refund(id);
        VM.prank(_buyerOf(id));
        DESK.refundTo(id, VM.addr(Actors.ARBITER));
    }

    function _endDispute(uint64 id) internal {
        Deal storage deal = _deals[id];
        bool forfeited = deal.verdict == IDisputeDesk.Verdict.Rejected;
        if (forfeited) {
            DISPUTES.forfeitBond(id);
            _bookDeposit(deal.edition, deal.asset, deal.disputeBond);
        } else {
            VM.prank(_buyerOf(id));
            DISPUTES.takeBond(id, _buyerOf(id));
        }
        deal.bondPaid = true;
        _bonds[deal.asset] -= deal.disputeBond;
        _did(forfeited ? "forfeitBond" : "takeDisputeBond");
    }

    function _isRefundable(uint64 id) internal view returns (bool) {
        Deal storage deal = _deals[id];
        if (_isCountered(id)) return block.timestamp > deal.acceptBy;
        if (_isGranted(id)) {
            if (deal.deliveredAt == 0) return block.timestamp > deal.deliverBy;
            return deal.arbitrated && deal.verdict == IDisputeDesk.Verdict.Upheld;
        }
        if (!_isPending(id)) return false;
        if (block.timestamp > _executeBy(id)) return true;
        IGovernor.ProposalState state = GOVERNOR.state(deal.proposalId);
        return state == IGovernor.ProposalState.Defeated || state == IGovernor.ProposalState.Canceled;
    }

    function _receiptsStand(Deal storage deal) internal view returns (bool) {
        IDisputeDesk.Verdict verdict = deal.verdict;
        if (verdict == IDisputeDesk.Verdict.None) return block.timestamp > deal.deliveredAt + DISPUTE_WINDOW;
        if (verdict == IDisputeDesk.Verdict.Open) return block.timestamp > deal.ruleBy;
        return verdict == IDisputeDesk.Verdict.Rejected;
    }

    function _isBondDue(uint64 id) internal view returns (bool) {
        Deal storage deal = _deals[id];
        if (deal.bondPaid || deal.verdict == IDisputeDesk.Verdict.None) return false;
        return deal.verdict != IDisputeDesk.Verdict.Open || block.timestamp > deal.ruleBy;
    }

    function _isDisputable(uint64 id) private view returns (bool) {
        Deal storage deal = _deals[id];
        bool fresh = deal.deliveredAt != 0 && block.timestamp <= deal.deliveredAt + DISPUTE_WINDOW;
        return _isGranted(id) && deal.arbitrated && fresh && deal.verdict == IDisputeDesk.Verdict.None;
    }

    function _isRulable(uint64 id) private view returns (bool) {
        return _deals[id].verdict == IDisputeDesk.Verdict.Open && block.timestamp <= _deals[id].ruleBy;
    }

    function _anything(uint64) private pure returns (bool) {
        return true;
    }
}
