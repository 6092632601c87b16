// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IAccessDesk} from "../../../contracts/interfaces/IAccessDesk.sol";
import {IOfferDesk} from "../../../contracts/interfaces/IOfferDesk.sol";
import {Actors, BUYERS} from "../Actors.sol";
import {VM} from "../Vm.sol";
import {Motions} from "./Motions.sol";

/// @title What buyers ask for, and how they answer
abstract contract Buyers is Motions {
    /// @notice A buyer files a request and escrows its price.
    function request(uint256 seed) external {
        if (!REGISTRY.isBegun() || _isPaused()) return;
        (uint256 asset, uint256 buyer) = (_throw(seed, 1, ASSETS), _throw(seed, 2, BUYERS));
        IAccessDesk.Terms memory terms = _terms(seed, asset);
        uint128 fee = DESK.filingFee();
        uint256 value = _equip(_buyer(buyer), address(DESK), asset, uint256(terms.price) + terms.metering.bond);
        VM.deal(_buyer(buyer), _buyer(buyer).balance + fee);
        VM.prank(_buyer(buyer));
        (uint64 id, uint256 proposalId) = DESK.request{value: value + fee}(terms);
        _fees += fee;
        _bookRequest(id, terms, asset, buyer);
        _deals[id].executeBy = uint48(block.timestamp + 1 hours);
        _deals[id].proposalId = proposalId;
        _bookMotion(id, proposalId);
        _did("request");
    }

    /// @notice A buyer takes its request back, which it can before the vote opens.
    function cancel(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isPending);
        if (id == 0 || _throw(seed, 1, 3) != 0) return;
        bool expected = GOVERNOR.state(_deals[id].proposalId) == IGovernor.ProposalState.Pending;
        bool done = true;
        VM.prank(_buyerOf(id));
        try DESK.cancel(id) {}
        catch {
            done = false;
        }
        _same(done, expected, "a cancellation");
        if (!done) return;
        _bookEnd(id, IAccessDesk.Status.Cancelled);
        _did("cancel");
    }

    /// @notice A buyer takes a counter-offer, paying what it costs more or getting what it costs less.
    function acceptCounter(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isCountered);
        if (id == 0) return;
        Deal storage deal = _deals[id];
        IAccessDesk.Counter memory answer = _answers[id];
        uint256 held = uint256(deal.price) + deal.bond;
        uint256 needed = uint256(answer.price) + answer.metering.bond;
        uint256 more = needed > held ? needed - held : 0;
        bool expected =
            block.timestamp <= deal.acceptBy && _isGrantable(deal.collection, deal.minEdition, deal.minUnits);
        uint256 value = _equip(_buyerOf(id), address(DESK), deal.asset, more);
        bool done = true;
        VM.prank(_buyerOf(id));
        try DESK.acceptCounter{value: value}(id) {}
        catch {
            done = false;
        }
        _same(done, expected, "an accepted counter-offer");
        if (!done) return;
        _escrowed[deal.asset] = _escrowed[deal.asset] + needed - held;
        (deal.price, deal.bond) = (answer.price, answer.metering.bond);
        (deal.arbitrated, deal.metered) = (answer.arbiter != address(0), answer.metering.bond != 0);
        _bookGrant(id, Way.Counter, block.timestamp);
        _did("acceptCounter");
    }

    /// @notice A buyer refuses a counter-offer, seldom.
    function decline(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isCountered);
        if (id == 0 || _throw(seed, 1, 3) != 0) return;
        VM.prank(_buyerOf(id));
        DESK.decline(id, _buyerOf(id));
        _bookEnd(id, IAccessDesk.Status.Refunded);
        _did("decline");
    }

    /// @notice A buyer takes a standing offer, with some coin too much.
    function acceptOffer(uint256 seed) external {
        if (_offers.length == 0) return;
        uint64 offerId = uint64(1 + seed % _offers.length);
        IOfferDesk.Offer memory offer = _offers[offerId - 1];
        (uint256 asset, uint256 buyer) = (offer.asset == address(0) ? 0 : 1, _throw(seed, 2, BUYERS));
        (bool expected, uint128 price) = _offered(offerId, offer);
        IOfferDesk.Acceptance memory acceptance = IOfferDesk.Acceptance({
            releaseKey: keccak256(abi.encode("key", seed)), maxPrice: price, minEdition: 0, minUnits: 0
        });
        uint256 value = _equip(_buyer(buyer), address(DESK), asset, uint256(price) + offer.metering.bond);
        VM.deal(_buyer(buyer), _buyer(buyer).balance + 7);
        uint64 id;
        VM.prank(_buyer(buyer));
        try OFFERS.accept{value: value + 7}(offerId, acceptance) returns (uint64 requestId) {
            id = requestId;
        } catch {}
        _same(id != 0, expected, "an accepted offer");
        if (id == 0) return;
        _bookRequest(id, _offeredTerms(offer, price), asset, buyer);
        _bookGrant(id, Way.Offer, block.timestamp);
        _did("acceptOffer");
    }

    // --- internal ---

    function _terms(uint256 seed, uint256 asset) private view returns (IAccessDesk.Terms memory terms) {
        terms.collection = uint8(_throw(seed, 3, COLLECTIONS));
        (terms.purposes, terms.asset) = (uint32(1 + _throw(seed, 4, 3)), _asset(asset));
        terms.price = uint128(1000 + _throw(seed, 5, 20_000));
        terms.duration = uint40(1 days + _throw(seed, 6, 5 days));
        terms.termsHash = keccak256(abi.encode(seed));
        terms.releaseKey = keccak256(abi.encode("key", seed));
        terms.minEdition = _throw(seed, 7, 2) == 0 ? _newest[terms.collection] : 0;
        terms.minUnits = uint56(_throw(seed, 8, 3) == 0 ? _throw(seed, 9, 200) : 0);
        terms.arbiter = _throw(seed, 10, 2) == 0 ? VM.addr(Actors.ARBITER) : address(0);
        terms.metering = _metering(seed);
    }

    function _offeredTerms(IOfferDesk.Offer memory offer, uint128 price)
        private
        pure
        returns (IAccessDesk.Terms memory terms)
    {
        (terms.collection, terms.price, terms.arbiter) = (offer.collection, price, offer.arbiter);
        terms.metering = offer.metering;
    }

    /// @dev Whether the offer can be accepted now, and for how much.
    function _offered(uint64 offerId, IOfferDesk.Offer memory offer) private view returns (bool, uint128 price) {
        uint40 edition = _newest[offer.collection];
        if (edition == 0) return (false, 0);
        price = offer.unitPrice * REGISTRY.editionOf(edition).totalUnits;
        (, uint32 accepted,) = OFFERS.offerOf(offerId);
        bool open = !_offerClosed[offerId - 1] && block.timestamp <= offer.expiry && accepted < offer.maxCount;
        bool enough = price >= DESK.minimumPriceOf(offer.asset);
        return (open && enough && _isGrantable(offer.collection, 0, 0), price);
    }

    function _bookRequest(uint64 id, IAccessDesk.Terms memory terms, uint256 asset, uint256 buyer) private {
        Deal storage deal = _deals.push();
        _equal(id, _dealCount(), "a request's number");
        (deal.status, deal.asset, deal.buyer) = (IAccessDesk.Status.Pending, uint8(asset), uint8(buyer));
        (deal.collection, deal.price, deal.bond) = (terms.collection, terms.price, terms.metering.bond);
        (deal.arbitrated, deal.metered) = (terms.arbiter != address(0), terms.metering.bond != 0);
        (deal.minEdition, deal.minUnits) = (terms.minEdition, terms.minUnits);
        _bookEscrow(id);
    }

    function _bookMotion(uint64 id, uint256 proposalId) private {
        Motion storage motion = _motions.push();
        (motion.id, motion.kind, motion.subject) = (proposalId, Kind.Approve, id);
        (, motion.targets, motion.values, motion.calldatas, motion.description) = DESK.proposalOf(id);
    }
}
