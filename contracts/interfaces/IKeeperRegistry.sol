// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Keepers: committees, attested editions, receipts
/// @notice
///
///      edition:  sealed ──attest (t signatures)──► attested
///      delivery: (none) ──open──► open ──receipt──► … ──t-th receipt──► delivered
///                                 │  ▲ └── deliverBy passes: no receipt is accepted any more
///                            halt ▼  │ resume
///                                 halted
///
/// @dev Trust assumptions:
/// - t keepers of an epoch together can attest a false root or post receipts without delivering; fewer cannot;
/// - a receipt is posted before the bundle is handed over, so a missing t-th receipt means that fewer than t bundles
///   left their keepers;
/// - a delivered licence cannot be ended before deliverBy, nor within a day of the t-th receipt: its price is the
///   members', so its bundles are the buyer's.
interface IKeeperRegistry {
    /// @notice One keeper as given at creation; its index is its position, counted from 1.
    struct Keeper {
        address operator;
        bytes32 sealingKey;
        string endpoint;
    }

    /// @notice A keeper's statement about the bundle that it is about to hand over.
    struct Receipt {
        uint64 licenceId;
        uint8 index;
        bytes32 bundleDigest;
        uint64 bundleLength;
        uint64 count;
        bytes32 editionRoot;
        bytes32 releaseKeyHash;
    }

    /// @notice What was opened for a licence, and which keepers answered.
    struct Delivery {
        uint40 editionId;
        uint48 deliverBy;
        uint32 epoch;
        /// how many receipts make it delivered
        uint8 threshold;
        uint8 receipts;
        /// the licence is suspended or revoked
        bool halted;
        /// bit i is set once keeper i has posted its receipt
        uint64 posted;
        /// when the threshold was reached, zero before
        uint48 deliveredAt;
    }

    error CommitteeSizeOutOfBounds(uint256 size);
    error ThresholdOutOfBounds(uint8 threshold, uint256 size);
    /// @notice The sealing key is of low order, or another keeper's.
    error SealingKeyInvalid(uint256 index);
    error OperatorMissing(uint256 index);
    error OperatorRepeated(address operator);
    error EpochUnknown(uint32 epoch);
    error KeeperUnknown(uint32 epoch, uint8 index);
    error NotOperator(address account, address operator);
    error IndexesNotIncreasing(uint8 previous, uint8 index);
    error SignatureCountMismatch(uint256 indexes, uint256 signatures);
    error TooFewAttestations(uint256 given, uint8 threshold);
    error AlreadyAttested(uint40 editionId, bytes32 root);
    error RootEmpty();
    error EditionNotAttested(uint40 editionId);
    error DeliveryUnknown(uint64 licenceId);
    error DeliveryExists(uint64 licenceId);
    error DeliveryOver(uint48 deliverBy, uint256 timestamp);
    /// @notice The licence is suspended or revoked.
    error DeliveryHalted(uint64 licenceId);
    /// @notice The licence was delivered, and its bundles may still be on their way.
    error HandOverUnderWay(uint64 licenceId, uint48 until);
    error ReceiptRepeated(uint64 licenceId, uint8 index);
    /// @notice Somebody has sealed to the old release key already.
    error ReceiptsPosted(uint64 licenceId, uint8 receipts);
    error EditionRootMismatch(bytes32 given, bytes32 attested);
    error ReleaseKeyMismatch(uint64 licenceId, bytes32 given);

    event CommitteeFormed(uint32 indexed epoch, uint8 threshold, bytes32 committeeHash);
    event KeeperJoined(
        uint32 indexed epoch, uint8 indexed index, address indexed operator, bytes32 sealingKey, string endpoint
    );
    event EditionAttested(uint40 indexed editionId, bytes32 root);
    event DeliveryOpened(uint64 indexed licenceId, uint40 indexed editionId, uint48 deliverBy, uint32 epoch);
    event ReceiptPosted(
        uint64 indexed licenceId, uint8 indexed index, bytes32 bundleDigest, uint64 bundleLength, uint64 count
    );

    /// @notice Fixes the manifest root of a sealed edition, with the signatures of at least t keepers of its epoch.
    /// @param indexes Strictly increasing keeper indexes, one for each signature.
    function attest(uint40 editionId, bytes32 root, uint8[] calldata indexes, bytes[] calldata signatures) external;

    /// @notice Posts the caller's own receipt.
    function postReceipt(Receipt calldata receipt) external;

    /// @notice Posts a receipt signed by the keeper's operator.
    function postReceiptFor(Receipt calldata receipt, bytes calldata signature) external;

    /// @notice Expects receipts for `licenceId` until `deliverBy`. Only the licence contract, when it issues.
    function open(uint64 licenceId, uint40 editionId, bytes32 releaseKeyHash, uint48 deliverBy) external;

    /// @notice Accepts no receipt for `licenceId` until {resume}. Only the licence contract, when it suspends or revokes.
    function halt(uint64 licenceId) external;

    /// @notice Expects receipts again, until the same deliverBy. Only the licence contract, when it reinstates.
    function resume(uint64 licenceId) external;

    /// @notice Expects receipts for another release key, as long as there is none. Only the licence contract.
    function rekey(uint64 licenceId, bytes32 releaseKeyHash) external;

    function currentEpoch() external view returns (uint32);

    /// @notice Threshold and size of the committee of `epoch`.
    function committeeOf(uint32 epoch) external view returns (uint8 threshold, uint8 size);

    function keeperOf(uint32 epoch, uint8 index) external view returns (Keeper memory);

    /// @notice keccak256(abi.encode(chainId, this, epoch, threshold, operators, sealingKeys))
    function committeeHash(uint32 epoch) external view returns (bytes32);

    /// @notice The attested manifest root, zero before.
    function editionRoot(uint40 editionId) external view returns (bytes32);

    function deliveryOf(uint64 licenceId) external view returns (Delivery memory);

    /// @notice Whether at least t keepers posted their receipts in time.
    function isDelivered(uint64 licenceId) external view returns (bool);
}
