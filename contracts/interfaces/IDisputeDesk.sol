// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Disputes: a buyer that got receipts but no data
/// @notice Only where the terms name an arbiter, known to both sides when the request was filed.
///
///      delivered ──open (buyer, bond, within the window)──► open ──rule (arbiter)──► upheld: the buyer is refunded
///          │                                                 │ └─────rule (arbiter)──► rejected: receipts stand,
///          └── window passes ──► receipts stand              │                          the bond is the members'
///                                                            └── ruling period passes ──► receipts stand
///
/// A dispute freezes its own escrow and nothing else. Silence means that the receipts stand.
/// @dev Trust: the arbiter decides about one escrow and its bond, and cannot send either to itself: the escrow goes back
/// to the buyer or on to the members of the edition, and so does the bond.
interface IDisputeDesk {
    enum Verdict {
        None,
        Open,
        Upheld,
        Rejected
    }

    struct Dispute {
        address buyer;
        Verdict verdict;
        uint48 ruleBy;
        address asset;
        bool bondPaid;
        uint128 bond;
        bytes32 claimHash;
        bytes32 reasonHash;
    }

    error PeriodOutOfBounds(uint48 period);
    error BondOutOfBounds(uint16 bondBps);
    error NoArbiter(uint64 requestId);
    error NotArbiter(address caller, address arbiter);
    error NotBuyer(address caller, address buyer);
    error NotUnderDelivery(uint64 requestId);
    error NotDelivered(uint64 requestId);
    error WindowOver(uint64 requestId, uint256 disputeBy);
    error DisputeExists(uint64 requestId);
    error DisputeNotOpen(uint64 requestId, Verdict verdict);
    error RulingOver(uint64 requestId, uint48 ruleBy);
    error BondNotDue(uint64 requestId);
    error ValueMismatch(uint256 value, uint256 expected);
    error AmountMismatch(uint256 received, uint256 expected);
    error PaymentFailed(address to, uint256 amount);

    /// @param claimHash Hash of what the buyer claims.
    event DisputeOpened(
        uint64 indexed requestId,
        address indexed buyer,
        address indexed arbiter,
        uint128 bond,
        uint48 ruleBy,
        bytes32 claimHash
    );
    /// @param reasonHash Hash of why the arbiter decided so.
    event DisputeRuled(uint64 indexed requestId, bool upheld, bytes32 reasonHash);
    event BondReturned(uint64 indexed requestId, address indexed to, uint256 amount);
    event BondForfeited(uint64 indexed requestId, uint40 indexed editionId, uint256 amount);

    /// @notice Disputes a delivery and freezes its escrow. Only the buyer, within the window after the t-th receipt; takes
    /// {bondOf} in the request's asset.
    function open(uint64 requestId, bytes32 claimHash) external payable;

    /// @notice Decides. Only the arbiter that the terms name, by ruleBy.
    function rule(uint64 requestId, bool upheld, bytes32 reasonHash) external;

    /// @notice Sends the bond to `to`. Only the buyer, of an upheld dispute or one that nobody ruled in time.
    function takeBond(uint64 requestId, address to) external;

    /// @notice Sends the bond of a rejected dispute to the members of the licence's edition. Anyone.
    function forfeitBond(uint64 requestId) external;

    /// @notice Whether the receipts of a delivered request stand: no dispute can come any more, and none was upheld.
    function receiptsStand(uint64 requestId) external view returns (bool);

    function isUpheld(uint64 requestId) external view returns (bool);

    function disputeOf(uint64 requestId) external view returns (Dispute memory);

    /// @notice What a dispute about `requestId` needs: a share of the price.
    function bondOf(uint64 requestId) external view returns (uint128);

    /// @notice Seconds from the t-th receipt in which a dispute can be opened, seconds to rule, and the bond in basis
    /// points of the price.
    function settings() external view returns (uint48 window, uint48 ruling, uint16 bondBps);
}
