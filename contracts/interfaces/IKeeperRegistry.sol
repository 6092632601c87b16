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
///      epoch:    (none) ──changeCommittee──► formed ──t keepers confirm──► serving ──the next one serves──► past
///                                              └── the next one is formed: it never serves
///
/// Contributions are dealt to the newest committee from the moment it is formed. It attests and delivers once t of its
/// keepers have confirmed that they hold their shares of everything dealt before: until then the last one goes on, and
/// no edition is sealed, since neither of the two could deliver all of it. A committee that never gets there is left
/// behind by forming another. What is delivered already, or is about to be, stays with the committee that it was opened
/// for.
///
/// @dev Trust assumptions:
/// - t keepers of an epoch together can attest a false root or post receipts without delivering; fewer cannot;
/// - a receipt is posted before the bundle is handed over, so a missing t-th receipt means that fewer than t bundles
///   left their keepers;
/// - a keeper's word is taken that it holds what was handed over to it: t of them that lie stop deliveries, as t that
///   are silent would, and the buyer is refunded;
/// - a leaver that keeps its shares and its successor count as one keeper: both have the same ones;
/// - nobody gets a second index, neither an account nor a key, so that no row of committees lets one gather shares;
/// - who may be keeper is the members' vote alone, also of one that was captured: a leaver's operator therefore looks
///   at its successors before it hands anything over, which no contract can do for it;
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
    /// @notice The sealing key is of low order.
    error SealingKeyInvalid(uint256 index);
    error OperatorMissing(uint256 index);
    /// @notice Shares were dealt to so many: with another number they would have to be dealt anew.
    error CommitteeSizeFixed(uint256 size, uint8 expected);
    /// @notice The account is, or has been, keeper at another index, and may hold the shares of that one.
    error OperatorSeated(address operator, uint8 index);
    /// @notice The same of the key: who has its secret opens what was sealed at both.
    error SealingKeySeated(bytes32 sealingKey, uint8 index);
    error EpochUnknown(uint32 epoch);
    error EpochNotCurrent(uint32 epoch, uint32 current);
    error HandoverRepeated(uint32 epoch, uint8 index);
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
    /// @notice Receipts for this key may have been signed, whose bundles are thrown away.
    error ReleaseKeyUsed(uint64 licenceId, bytes32 releaseKeyHash);
    error EditionRootMismatch(bytes32 given, bytes32 attested);
    error ReleaseKeyMismatch(uint64 licenceId, bytes32 given);

    event CommitteeFormed(uint32 indexed epoch, uint8 threshold, bytes32 committeeHash);
    event KeeperJoined(
        uint32 indexed epoch, uint8 indexed index, address indexed operator, bytes32 sealingKey, string endpoint
    );
    /// @notice The keeper holds its share of every contribution of earlier epochs.
    event HandoverConfirmed(uint32 indexed epoch, uint8 indexed index);
    /// @notice The committee attests editions and delivers licences from now on.
    event EpochServing(uint32 indexed epoch);
    event EditionAttested(uint40 indexed editionId, bytes32 root);
    event DeliveryOpened(uint64 indexed licenceId, uint40 indexed editionId, uint48 deliverBy, uint32 epoch);
    event ReceiptPosted(
        uint64 indexed licenceId, uint8 indexed index, bytes32 bundleDigest, uint64 bundleLength, uint64 count
    );

    /// @notice Forms the committee of the next epoch, as large as the last one and with its threshold. Only the timelock.
    /// @dev Warning: shares that more than n − t leavers do not hand over are lost, and what is dealt to the new committee
    /// from now on only it holds. Until it serves no edition is sealed, so that what is withdrawn is still sold.
    function changeCommittee(Keeper[] calldata keepers) external;

    /// @notice States, with the operator's signature, that a keeper of the newest epoch holds its share of every
    /// contribution of earlier epochs. Those are all known: none can be registered under them any more.
    function confirmHandover(uint32 epoch, uint8 index, bytes calldata signature) external;

    /// @notice Fixes the manifest root of a sealed edition, with the signatures of at least t keepers that serve.
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

    /// @notice Expects receipts for another release key, which the licence never had, as long as there is none. Only the
    /// licence contract.
    function rekey(uint64 licenceId, bytes32 releaseKeyHash) external;

    /// @notice The newest epoch: contributions are dealt to its committee.
    function currentEpoch() external view returns (uint32);

    /// @notice The epoch whose committee attests and delivers.
    function servingEpoch() external view returns (uint32);

    /// @notice Whether a keeper has confirmed its handover; in the first epoch there is none to confirm.
    function isHolding(uint32 epoch, uint8 index) external view returns (bool);

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
