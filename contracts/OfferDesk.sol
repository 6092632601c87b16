// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAccessDesk} from "./interfaces/IAccessDesk.sol";
import {IDataRegistry} from "./interfaces/IDataRegistry.sol";
import {IOfferDesk} from "./interfaces/IOfferDesk.sol";
import {NATIVE, Peers, UnexpectedCaller} from "./interfaces/Peers.sol";
import {Assets} from "./libraries/Assets.sol";

/// @title Standing offers
/// @notice What it promises stands in {IOfferDesk}. It holds no money: what a buyer sends is the desk's in the same
/// transaction, and the rest goes back.
contract OfferDesk is IOfferDesk, ReentrancyGuardTransient {
    using Assets for address;
    using SafeCast for uint256;

    struct Standing {
        bool closed;
        uint32 accepted;
        Offer offer;
    }

    address private immutable TIMELOCK;
    IAccessDesk private immutable DESK;
    IDataRegistry private immutable REGISTRY;

    uint64 private _count;
    mapping(uint64 offerId => Standing) private _standings;

    modifier onlyTimelock() {
        require(msg.sender == TIMELOCK, UnexpectedCaller(msg.sender, TIMELOCK));
        _;
    }

    constructor(Peers memory peers) {
        TIMELOCK = peers.timelock;
        DESK = IAccessDesk(peers.desk);
        REGISTRY = IDataRegistry(peers.registry);
    }

    // --- the DAO ---

    /// @inheritdoc IOfferDesk
    function publish(Offer calldata offer) external onlyTimelock returns (uint64 offerId) {
        return _publish(offer, 0);
    }

    /// @inheritdoc IOfferDesk
    function amend(uint64 offerId, Offer calldata offer) external onlyTimelock returns (uint64 newOfferId) {
        _close(offerId);
        return _publish(offer, offerId);
    }

    /// @inheritdoc IOfferDesk
    function withdraw(uint64 offerId) external onlyTimelock {
        _close(offerId);
    }

    // --- buyers ---

    /// @inheritdoc IOfferDesk
    function accept(uint64 offerId, Acceptance calldata acceptance)
        external
        payable
        nonReentrant
        returns (uint64 requestId)
    {
        Standing storage standing = _acceptable(offerId);
        Offer memory offer = standing.offer;
        (uint128 price,,) = _price(offer);
        require(price <= acceptance.maxPrice, PriceAboveMaximum(price, acceptance.maxPrice));
        uint256 needed = offer.asset == NATIVE ? uint256(price) + offer.metering.bond : 0;
        require(msg.value >= needed, ValueTooLow(msg.value, needed));

        ++standing.accepted;
        requestId = DESK.grantOffer{value: needed}(msg.sender, _terms(offer, price, acceptance));
        emit OfferAccepted(offerId, requestId, msg.sender, price);
        uint256 change = msg.value - needed;
        require(change == 0 || NATIVE.trySend(msg.sender, change), ChangeNotTaken(msg.sender, change));
    }

    // --- views ---

    /// @inheritdoc IOfferDesk
    function offerOf(uint64 offerId) external view returns (Offer memory offer, uint32 accepted, bool open) {
        Standing storage standing = _known(offerId);
        offer = standing.offer;
        accepted = standing.accepted;
        open = !standing.closed && block.timestamp <= offer.expiry && accepted < offer.maxCount;
    }

    /// @inheritdoc IOfferDesk
    function quote(uint64 offerId) external view returns (uint128 price, uint128 bond, uint40 editionId, uint56 units) {
        Offer memory offer = _acceptable(offerId).offer;
        bond = offer.metering.bond;
        (price, editionId, units) = _price(offer);
    }

    /// @inheritdoc IOfferDesk
    function offerCount() external view returns (uint64) {
        return _count;
    }

    // --- internal ---

    /// @dev What else the terms must keep is checked by the desk at every acceptance, because it may change meanwhile.
    function _publish(Offer calldata offer, uint64 replaces) private returns (uint64 offerId) {
        require(REGISTRY.isBegun(), OfferedBeforeGenesis());
        bool acceptable = offer.unitPrice != 0 && offer.maxCount != 0 && block.timestamp <= offer.expiry;
        require(acceptable, OfferEmpty());
        offerId = ++_count;
        _standings[offerId].offer = offer;
        emit OfferPublished(offerId, replaces, offer);
    }

    function _close(uint64 offerId) private {
        Standing storage standing = _known(offerId);
        require(!standing.closed, OfferClosed(offerId));
        standing.closed = true;
        emit OfferWithdrawn(offerId);
    }

    function _acceptable(uint64 offerId) private view returns (Standing storage standing) {
        standing = _known(offerId);
        (uint48 expiry, uint32 maxCount) = (standing.offer.expiry, standing.offer.maxCount);
        require(!standing.closed, OfferClosed(offerId));
        require(block.timestamp <= expiry, OfferExpired(offerId, expiry, block.timestamp));
        require(standing.accepted < maxCount, OfferExhausted(offerId, maxCount));
    }

    function _price(Offer memory offer) private view returns (uint128 price, uint40 editionId, uint56 units) {
        (editionId, units) = REGISTRY.newestSealed(offer.collection);
        require(editionId != 0, IAccessDesk.EditionMissing(offer.collection));
        price = (uint256(offer.unitPrice) * units).toUint128();
    }

    function _known(uint64 offerId) private view returns (Standing storage standing) {
        standing = _standings[offerId];
        require(standing.offer.maxCount != 0, OfferUnknown(offerId));
    }

    function _terms(Offer memory offer, uint128 price, Acceptance calldata acceptance)
        private
        pure
        returns (IAccessDesk.Terms memory)
    {
        return IAccessDesk.Terms({
            collection: offer.collection,
            purposes: offer.purposes,
            asset: offer.asset,
            price: price,
            duration: offer.duration,
            royaltyBps: offer.royaltyBps,
            termsHash: offer.termsHash,
            releaseKey: acceptance.releaseKey,
            minEdition: acceptance.minEdition,
            minUnits: acceptance.minUnits,
            arbiter: offer.arbiter,
            metering: offer.metering
        });
    }
}
