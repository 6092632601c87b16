// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAccessDesk} from "./IAccessDesk.sol";

/// @title Standing offers: terms that any buyer may accept without another vote
/// @notice
///
///      (vote) ──publish──► open ──withdraw or amend (vote), expiry, maxCount──► closed
///
/// What was accepted before stays a licence like any other. An amended offer is a new one, with a new number: nobody
/// accepts terms that it has not seen.
/// @dev Trust: the price is the offer's unit price times the units of the newest edition, and the buyer states the most
/// that it pays. The money goes to the desk's escrow and takes the way of every other price.
interface IOfferDesk {
    struct Offer {
        uint8 collection;
        uint32 purposes;
        address asset;
        /// for each unit of the edition
        uint128 unitPrice;
        uint40 duration;
        uint16 royaltyBps;
        bytes32 termsHash;
        address arbiter;
        IAccessDesk.Metering metering;
        /// last second in which it can be accepted
        uint48 expiry;
        /// how many times it can be accepted
        uint32 maxCount;
    }

    /// @notice What a buyer adds to an offer.
    struct Acceptance {
        /// X25519 public key that the keepers seal to
        bytes32 releaseKey;
        /// the most that the buyer pays as price, bond not included
        uint128 maxPrice;
        /// the edition must be this one or a newer one
        uint40 minEdition;
        /// and hold at least so many units
        uint56 minUnits;
    }

    error OfferUnknown(uint64 offerId);
    error OfferClosed(uint64 offerId);
    error OfferExpired(uint64 offerId, uint48 expiry, uint256 timestamp);
    error OfferExhausted(uint64 offerId, uint32 maxCount);
    error OfferEmpty();
    error OfferedBeforeGenesis();
    error PriceAboveMaximum(uint256 price, uint128 maxPrice);
    error ValueTooLow(uint256 value, uint256 needed);
    error ChangeNotTaken(address buyer, uint256 amount);

    /// @param replaces The offer that this one amends, zero for none.
    event OfferPublished(uint64 indexed offerId, uint64 indexed replaces, Offer offer);
    event OfferWithdrawn(uint64 indexed offerId);
    event OfferAccepted(uint64 indexed offerId, uint64 indexed requestId, address indexed buyer, uint128 price);

    /// @notice Publishes an offer. Only the timelock, once the DAO has its stated members and units.
    function publish(Offer calldata offer) external returns (uint64 offerId);

    /// @notice Closes an offer and publishes another in its place. Only the timelock.
    function amend(uint64 offerId, Offer calldata offer) external returns (uint64 newOfferId);

    /// @notice Closes an offer. Only the timelock.
    function withdraw(uint64 offerId) external;

    /// @notice Grants the caller a licence on the newest edition at once. In the native coin the caller sends at least the
    /// price and the bond, and gets the rest back; in a token it has allowed the desk to take them.
    /// @return requestId Under which the desk keeps it, as if it had been requested and approved.
    function accept(uint64 offerId, Acceptance calldata acceptance) external payable returns (uint64 requestId);

    function offerOf(uint64 offerId) external view returns (Offer memory offer, uint32 accepted, bool open);

    /// @notice What accepting now would cost, and on which edition; refused where there is none.
    function quote(uint64 offerId) external view returns (uint128 price, uint128 bond, uint40 editionId, uint56 units);

    function offerCount() external view returns (uint64);
}
