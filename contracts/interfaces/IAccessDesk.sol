// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title The desk: requests, escrow, grants
/// @notice
///
///      (none) ──request──► pending ──approve (executed vote, by executeBy)──► granted ──settle (t receipts)──► settled
///        │                  │ │ │                                              ▲ │
///        │        cancel ◄──┘ │ └──refund (defeated, canceled, overdue)──► refunded ◄── refund (deliverBy passed, < t,
///        │ (before the vote   │                                              │ ▲        or a dispute upheld)
///        │     opens)         └──counter (executed vote)──► countered ──acceptCounter┘ │
///        │                                                    └──decline, or refund after acceptBy
///        └──grantOffer (a standing offer, accepted)──────────────────────────► granted
///
/// @dev Trust assumptions:
/// - the price leaves escrow to the vault of the granted edition, or back to the buyer, and nowhere else; the bond of a
///   metered licence leaves it to the meter at settlement, or back with the price;
/// - both deadlines are fixed at filing; only a pause that begins before executeBy moves them, by its own length; after
///   executeBy no vote, however old, can grant;
/// - while the council pauses, or a strike is on, nothing is granted; a pause also stops filing;
/// - receipts alone settle, unless the terms name an arbiter: then its window must have passed without a dispute, or the
///   dispute must not have been upheld;
/// - a request is granted once its own proposal has passed and waited: nobody can have approved its number before its
///   terms were known;
/// - a grant is always on the collection's newest sealed edition, and only if that is attested.
interface IAccessDesk {
    enum Status {
        None,
        Pending,
        Granted,
        Settled,
        Refunded,
        Cancelled,
        Countered
    }

    /// @notice How use after delivery is paid for; all zero for a licence without metering. Amounts in the terms' asset.
    struct Metering {
        /// for each unit of use
        uint128 unitPrice;
        /// taken for a period without a report
        uint128 minimum;
        /// escrowed with the price, and kept full
        uint128 bond;
        /// seconds that one report may cover
        uint40 period;
    }

    /// @notice What a buyer asks for.
    struct Terms {
        uint8 collection;
        uint32 purposes;
        address asset;
        uint128 price;
        /// seconds the licence runs from its grant
        uint40 duration;
        uint16 royaltyBps;
        /// hash of the terms' text
        bytes32 termsHash;
        /// X25519 public key that the keepers seal to
        bytes32 releaseKey;
        /// the grant must be on this edition or a newer one
        uint40 minEdition;
        /// the granted edition must hold at least so many units
        uint56 minUnits;
        /// who rules disputes about the delivery; zero: receipts alone settle
        address arbiter;
        Metering metering;
    }

    /// @notice Other terms for a pending request, as members vote them; what it does not name stays the buyer's.
    struct Counter {
        uint32 purposes;
        uint128 price;
        uint40 duration;
        uint16 royaltyBps;
        bytes32 termsHash;
        address arbiter;
        Metering metering;
        /// seconds from the counter-offer's execution in which the buyer may accept
        uint40 answerPeriod;
    }

    struct Request {
        address buyer;
        Status status;
        uint48 executeBy;
        uint48 deliverBy;
        Terms terms;
    }

    /// @notice An asset that requests may be paid in, as given at creation.
    struct Asset {
        address asset;
        uint128 minimumPrice;
    }

    error PurposesNotOffered(uint32 purposes, uint32 offered);
    error AssetNotAllowed(address asset);
    error PriceTooLow(uint128 price, uint128 minimum);
    error DurationOutOfBounds(uint40 duration);
    error RoyaltyOutOfBounds(uint16 royaltyBps);
    error ReleaseKeyLowOrder(bytes32 releaseKey);
    error ArbiterIsBuyer(address buyer);
    /// @notice Metering is all zero, or has a unit price, a minimum, a bond of at least either, and a period of an hour to
    /// a year.
    error MeteringOutOfBounds(Metering metering);
    error AnswersOtherTerms(uint64 requestId, bytes32 answered, bytes32 filed);
    error AnswerPeriodOutOfBounds(uint40 answerPeriod);
    error ValueMismatch(uint256 value, uint256 expected);
    error AmountMismatch(uint256 received, uint256 expected);
    error RequestUnknown(uint64 requestId);
    error RequestNotPending(uint64 requestId, Status status);
    error RequestNotGranted(uint64 requestId, Status status);
    error NotBuyer(address caller, address buyer);
    error VoteHasBegun(uint64 requestId);
    error TooLateToExecute(uint64 requestId, uint48 executeBy, uint256 timestamp);
    error NotRefundable(uint64 requestId, Status status);
    error EditionMissing(uint8 collection);
    error EditionTooOld(uint40 editionId, uint40 minEdition);
    error EditionTooSmall(uint40 editionId, uint56 totalUnits, uint56 minUnits);
    error ProposalNotPassed(uint64 requestId, uint256 proposalId);
    error NotDelivered(uint64 requestId);
    /// @notice The arbiter's window is open, or a dispute is, or it was upheld.
    error ReceiptsDisputable(uint64 requestId);
    error NotCountered(uint64 requestId, Status status);
    error AnswerTooLate(uint64 requestId, uint48 acceptBy, uint256 timestamp);
    error GrantingPaused(uint40 until);
    error StrikeIsOn(uint48 until);
    error PeriodOutOfBounds(uint48 period);
    error NoFees();
    error TransferFailed(address to, uint256 amount);

    event AssetChanged(address indexed asset, uint128 minimumPrice);
    event FilingFeeChanged(uint128 fee);
    /// @param proposalId Zero where a standing offer was accepted instead.
    event Requested(
        uint64 indexed requestId,
        address indexed buyer,
        uint256 indexed proposalId,
        Terms terms,
        uint48 executeBy,
        uint48 deliverBy
    );
    /// @notice Members answered with other terms; the buyer accepts by acceptBy, or takes its money.
    event CounterOffered(uint64 indexed requestId, Counter terms, uint48 acceptBy);
    event CounterAccepted(uint64 indexed requestId, uint48 deliverBy);
    event Granted(uint64 indexed requestId, uint40 indexed editionId);
    event Settled(uint64 indexed requestId, uint40 indexed editionId, address asset, uint256 amount);
    event Refunded(uint64 indexed requestId, address indexed to, address asset, uint256 amount);
    event Cancelled(uint64 indexed requestId, address asset, uint256 amount);
    event FeesSwept(uint256 amount);

    /// @notice Escrows the price, takes the filing fee (native coin, not refunded) and files the proposal.
    /// @dev Durations lie between 1 day and 3650 days, royalties are at most 5,000 basis points.
    function request(Terms calldata terms) external payable returns (uint64 requestId, uint256 proposalId);

    /// @notice Grants a licence on the newest edition, which must hold units and be attested; the money stays in escrow.
    /// Only the timelock, by executeBy, once the request's own proposal has passed and the timelock's delay is over.
    function approve(uint64 requestId) external;

    /// @notice Answers a pending request with other terms. Only the timelock, by executeBy; once for each request. Also
    /// after the request's own vote was lost, as long as nobody has refunded it.
    /// @param answered {digestOf} the request, so that nobody can have voted on an answer before the question was known.
    function counter(uint64 requestId, bytes32 answered, Counter calldata terms) external;

    /// @notice Accepts the counter-offer: takes what it costs more, or gives back what it costs less, and grants at once.
    /// Only the buyer, by acceptBy.
    function acceptCounter(uint64 requestId) external payable;

    /// @notice Refuses the counter-offer and sends the money back to `to`. Only the buyer.
    function decline(uint64 requestId, address to) external;

    /// @notice Grants a licence on terms that members have published. Only the offer desk, which brings the money in the
    /// native coin; a token is taken from the buyer.
    function grantOffer(address buyer, Terms calldata terms) external payable returns (uint64 requestId);

    /// @notice Takes the request back before its vote opens and sends the price back. Only the buyer.
    function cancel(uint64 requestId) external;

    /// @notice Sends the price back to the buyer where no grant or no delivery can come any more. Anyone.
    function refund(uint64 requestId) external;

    /// @notice The same to another account. Only the buyer.
    function refundTo(uint64 requestId, address to) external;

    /// @notice Moves the price of a delivered licence to the vault, with keccak256(abi.encode(requestId)) as purpose, and
    /// its bond to the meter. Anyone.
    function settle(uint64 requestId) external;

    /// @notice Allows `asset` from `minimumPrice` on; zero refuses it for new requests. Only the timelock.
    function setAsset(address asset, uint128 minimumPrice) external;

    /// @notice Only the timelock.
    function setFilingFee(uint128 fee) external;

    /// @notice Sends collected filing fees to the timelock. Anyone.
    function sweepFees() external;

    function requestOf(uint64 requestId) external view returns (Request memory);

    /// @notice The proposal of a request, whole, as needed to queue and execute it. Means nothing for a request that was
    /// granted by an offer or a counter-offer.
    function proposalOf(uint64 requestId)
        external
        view
        returns (
            uint256 proposalId,
            address[] memory targets,
            uint256[] memory values,
            bytes[] memory calldatas,
            string memory description
        );

    /// @notice keccak256(abi.encode(terms)) of what was filed or, later, accepted.
    function digestOf(uint64 requestId) external view returns (bytes32);

    /// @notice The counter-offer to a request and when its answer is due; acceptBy is zero where there is none.
    function counterOf(uint64 requestId) external view returns (Counter memory terms, uint48 acceptBy);

    /// @notice What a request holds in escrow: price and bond.
    function escrowOf(uint64 requestId) external view returns (uint256);

    /// @notice Whether {refund} would succeed now.
    function isRefundable(uint64 requestId) external view returns (bool);

    function requestCount() external view returns (uint64);

    function minimumPriceOf(address asset) external view returns (uint128);

    function filingFee() external view returns (uint128);

    /// @notice Seconds from filing to executeBy, and from there to deliverBy.
    function periods() external view returns (uint48 execution, uint48 delivery);
}
