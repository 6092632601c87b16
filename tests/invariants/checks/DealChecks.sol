// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAccessDesk} from "../../../contracts/interfaces/IAccessDesk.sol";
import {IDisputeDesk} from "../../../contracts/interfaces/IDisputeDesk.sol";
import {IKeeperRegistry} from "../../../contracts/interfaces/IKeeperRegistry.sol";
import {ILicence} from "../../../contracts/interfaces/ILicence.sol";
import {Buyers} from "../handler/Buyers.sol";
import {Keepers} from "../handler/Keepers.sol";
import {Money} from "../handler/Money.sol";

/// @title What holds of every request, licence and dispute
abstract contract DealChecks is Buyers, Keepers, Money {
    function _checkDeal(uint64 id) internal view {
        Deal storage deal = _deals[id];
        IAccessDesk.Request memory found = DESK.requestOf(id);
        _equal(uint256(found.status), uint256(deal.status), "a request's status");
        _equal(DESK.escrowOf(id), _isOpen(id) ? uint256(deal.price) + deal.bond : 0, "a request's escrow");
        _same(found.buyer == _buyerOf(id), true, "a request's buyer");
        _checkLicence(id, deal);
        _checkDispute(id, deal);
        if (deal.way != Way.None) _checkDelivery(id, deal);
    }

    /// @dev No licence without its executed proposal, its accepted offer or its accepted counter-offer. A proposal that
    /// was granted through another one, while it was due itself, may be vetoed afterwards.
    function _checkLicence(uint64 id, Deal storage deal) private view {
        ILicence.Grant memory grant;
        try LICENCE.licenceOf(id) returns (ILicence.Grant memory known) {
            grant = known;
        } catch {}
        _same(grant.status != ILicence.Status.None, deal.way != Way.None, "a licence");
        if (deal.way == Way.None) return;
        _same(grant.holder == _buyerOf(id), true, "a licence's holder");
        _equal(grant.editionId, deal.edition, "a licence's edition");
        if (deal.way == Way.Vote && !_vetoed[deal.proposalId]) {
            _same(_hasPassed(id), true, "the proposal of a licence");
        }
        bool refunded = deal.status == IAccessDesk.Status.Refunded;
        if (refunded) _equal(uint256(grant.status), uint256(ILicence.Status.Revoked), "a refunded licence");
    }

    /// @dev Settled only with t receipts; refunded and delivered only after an upheld dispute.
    function _checkDelivery(uint64 id, Deal storage deal) private view {
        IKeeperRegistry.Delivery memory delivery = KEEPER_BOOK.deliveryOf(id);
        _equal(delivery.receipts, deal.receipts, "receipts");
        _equal(delivery.epoch, deal.epoch, "a delivery's committee");
        _atMost(_sealedUnder[deal.edition], deal.epoch, "an edition older than its keepers");
        _equal(delivery.deliverBy, deal.deliverBy, "deliverBy");
        _equal(delivery.deliveredAt, deal.deliveredAt, "deliveredAt");
        _same(delivery.deliveredAt != 0, delivery.receipts >= THRESHOLD, "a delivery");
        if (deal.status == IAccessDesk.Status.Settled) _same(deal.receipts >= THRESHOLD, true, "settled on receipts");
        if (deal.status != IAccessDesk.Status.Refunded || deal.deliveredAt == 0) return;
        _same(deal.verdict == IDisputeDesk.Verdict.Upheld, true, "refunded and delivered");
    }

    function _checkDispute(uint64 id, Deal storage deal) private view {
        IDisputeDesk.Dispute memory dispute = DISPUTES.disputeOf(id);
        _equal(uint256(dispute.verdict), uint256(deal.verdict), "a verdict");
        _equal(dispute.bond, deal.disputeBond, "a bond");
        _same(dispute.bondPaid, deal.bondPaid, "a bond's end");
        if (deal.verdict != IDisputeDesk.Verdict.None) _same(deal.arbitrated, true, "a dispute");
    }
}
