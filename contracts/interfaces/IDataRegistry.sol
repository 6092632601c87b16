// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title The register of contributions and editions
/// @notice
///
///      (unused id) ──contribute──► active ──withdraw──► withdrawn (for ever)
///                                    │
///                                    └── every active one of a collection stands in its next sealed edition
///
/// A member that leaves takes every contribution of its tenure with it, in one transaction of the same cost for any
/// number of them ({leaveAll}); its later ones belong to its next tenure.
///
/// @dev Trust assumptions:
/// - an appraiser is trusted for the units it signs, up to its cap, and can be replaced by a vote; from the genesis on
///   what it can mint in one window is a share of the supply at the window's begin, and so is what all can together;
/// - before the genesis, when members and units are as many as stated at creation, nothing can be sold and no cap holds;
/// - a record is registered by its contributor or with the contributor's signature, never otherwise;
/// - the log is complete: {historyHead} chains every registration and withdrawal, so that a reader who was not shown
///   one of them notices.
interface IDataRegistry {
    /// @notice A kind of data with the purposes its contributors consent to by joining it. Fixed at creation.
    struct Collection {
        string name;
        uint32 purposes;
    }

    /// @notice The public facts of a contribution. Its EIP-712 struct hash is the record hash.
    struct Contribution {
        /// keccak256(abi.encode(chainId, registry, contributor, nonce))
        bytes32 contributionId;
        address contributor;
        uint8 collection;
        bytes32 cidDigest;
        uint64 length;
        bytes32 envelopeCommitment;
        bytes32 keyId;
        bytes32 shareRoot;
        uint32 epoch;
    }

    /// @notice An appraiser's statement about one record.
    struct Appraisal {
        uint56 units;
        uint48 deadline;
        bytes signature;
    }

    /// @notice An appraiser that the DAO starts with.
    struct GenesisAppraiser {
        address appraiser;
        bytes32 sealingKey;
        string endpoint;
    }

    /// @notice A record with all that its registration by somebody else needs.
    struct SignedContribution {
        Contribution record;
        bytes32 nonce;
        Appraisal appraisal;
        bytes contributorSignature;
    }

    /// @notice What a DAO must have before anything can be sold.
    struct Genesis {
        /// accounts that have contributed
        uint40 members;
        uint56 units;
    }

    /// @notice What may be minted in one window of `window` seconds, in basis points of the units that there were at its
    /// begin, or of the genesis units where those are more.
    struct Caps {
        uint32 window;
        /// by one appraiser
        uint32 appraiserBps;
        /// by all of them together
        uint32 totalBps;
    }

    /// @notice A sealed, immutable list of the contributions active in `collection` at the end of `timepoint`.
    struct Edition {
        uint8 collection;
        uint48 timepoint;
        uint56 totalUnits;
        uint40 historyCount;
        uint32 epoch;
    }

    enum Status {
        None,
        Active,
        Withdrawn
    }

    error ContributionIdMismatch(bytes32 contributionId, bytes32 expected);
    error ContributionIdUsed(bytes32 contributionId);
    error ContributionNotActive(bytes32 contributionId);
    error CollectionUnknown(uint8 collection);
    error NotContributor(address caller, address contributor);
    error EmptyEnvelope();
    error NoUnits();
    error AppraisalExpired(uint48 deadline, uint256 timestamp);
    error AppraiserUnknown(address signer);
    error AppraiserKeyLowOrder(bytes32 sealingKey);
    error ContributorSignatureInvalid(address contributor);
    error SignatureExpired(uint48 deadline, uint256 timestamp);
    error WrongEpoch(uint32 epoch, uint32 current);
    error SealTooSoon(uint8 collection, uint256 earliest);
    /// @notice The newest committee does not hold its shares yet, so that no edition could be delivered whole.
    error HandoverPending(uint32 epoch, uint32 serving);
    error NothingChanged(uint8 collection, uint40 historyCount);
    error EditionUnknown(uint40 editionId);
    error IntervalOutOfBounds(uint48 interval);
    error CollectionCountOutOfBounds(uint256 count);
    error TooManyContributions(uint256 count, uint256 maximum);
    error IdsNotIncreasing(bytes32 previous, bytes32 contributionId);
    error BatchGasTooLow(uint256 available, uint256 needed);
    /// @notice `appraiser` (zero: all together) can mint `available` more units in this window, which ends at `ends`.
    error MintingCapReached(address appraiser, uint256 units, uint256 available, uint256 ends);
    error CapsOutOfBounds(uint32 window, uint32 appraiserBps, uint32 totalBps);
    error GenesisOutOfBounds(uint40 members, uint56 units);
    error BeforeGenesis(uint40 members, uint56 units);
    error RegistrationPaused(uint40 until);

    event CollectionCreated(uint8 indexed collection, string name, uint32 purposes);

    /// @notice `appraiser` may sign appraisals from now on; members seal content keys for it to `sealingKey` (X25519).
    event AppraiserAdded(address indexed appraiser, bytes32 sealingKey, string endpoint);
    event AppraiserRemoved(address indexed appraiser);

    /// @notice A contribution was registered: every field of its record, and what the chain added to it.
    event Contributed(
        bytes32 indexed contributionId,
        address indexed contributor,
        uint8 indexed collection,
        bytes32 cidDigest,
        uint64 length,
        bytes32 envelopeCommitment,
        bytes32 keyId,
        bytes32 shareRoot,
        uint32 epoch,
        uint56 units,
        address appraiser
    );

    event Withdrawn(
        bytes32 indexed contributionId, address indexed contributor, uint8 indexed collection, uint56 units
    );

    /// @notice `member` left with all it had contributed in `tenure`: every contribution of it that was active no longer
    /// is.
    event Left(address indexed member, uint8 tenure, uint56[3] units);

    /// @notice A batch went on without this contribution; `reason` is the error of its registration.
    event ContributionSkipped(bytes32 indexed contributionId, bytes reason);

    /// @notice Members and units are as many as stated at creation: from now on there are caps, and requests.
    event GenesisReached(uint40 members, uint256 units);
    event CapsChanged(uint32 window, uint32 appraiserBps, uint32 totalBps);
    event PausedUntil(uint40 until);
    event EpochBegun(uint32 indexed epoch);

    event EditionSealed(
        uint40 indexed editionId,
        uint8 indexed collection,
        uint48 timepoint,
        uint56 totalUnits,
        uint40 historyCount,
        uint32 epoch
    );

    /// @notice Registers the caller's own contribution and mints its units.
    /// @param nonce The 32 random bytes that `record.contributionId` was made from.
    function contribute(Contribution calldata record, bytes32 nonce, Appraisal calldata appraisal) external;

    /// @notice The same by anybody, with the contributor's signature (EOA or ERC-1271) over the record.
    function contributeFor(
        Contribution calldata record,
        bytes32 nonce,
        Appraisal calldata appraisal,
        bytes calldata contributorSignature
    ) external;

    /// @notice Registers up to 100 contributions, in strictly increasing order of id. One that is refused is skipped and
    /// named in an event with its reason; it may use at most 500,000 gas.
    /// @return registered How many were not skipped.
    function contributeBatch(SignedContribution[] calldata batch) external returns (uint256 registered);

    /// @notice Burns the units of the caller's own contribution and takes it out of the next edition. Never pausable.
    function withdraw(bytes32 contributionId) external;

    /// @notice The same by anybody, with the contributor's signature over (contributionId, deadline).
    function withdrawFor(bytes32 contributionId, uint48 deadline, bytes calldata contributorSignature) external;

    /// @notice Withdraws all that the caller has contributed, at the same cost for any number. Never pausable.
    function leaveAll() external;

    /// @notice The same by anybody, with the member's signature over
    /// `Departure(address member,uint8 tenure,uint48 deadline)`, where `tenure` is its current one: a signature that was
    /// used does not serve again after the member has come back.
    function leaveAllFor(address member, uint48 deadline, bytes calldata memberSignature) external;

    /// @notice Seals the next edition of `collection`, as it was at the end of the previous second. Anyone, once per
    /// interval, if anything in the collection changed.
    function seal(uint8 collection) external returns (uint40 editionId);

    /// @notice Lets `appraiser` sign appraisals. Only the timelock.
    function addAppraiser(address appraiser, bytes32 sealingKey, string calldata endpoint) external;

    /// @notice Stops accepting appraisals of `appraiser`; what it appraised stays. Only the timelock.
    function removeAppraiser(address appraiser) external;

    /// @notice Changes the minting caps, also of the window under way. Only the timelock. A window lasts an hour to 30
    /// days.
    function setCaps(Caps calldata caps) external;

    /// @notice Registers nothing until `until`. Only the council, which keeps the bounds of a pause.
    function pause(uint40 until) external;

    /// @notice Contributions are registered under the committee of `epoch` from now on. Only the keeper registry.
    function beginEpoch(uint32 epoch) external;

    /// @notice The purposes of `collection`, if anything of it can be sold now; refused before the genesis, and while
    /// paused.
    function openPurposes(uint8 collection) external view returns (uint32);

    /// @notice Whether members and units have once been as many as stated at creation.
    function isBegun() external view returns (bool);

    function genesis() external view returns (Genesis memory);

    function caps() external view returns (Caps memory);

    /// @notice Units that `appraiser` could mint now: what its own cap and that of all together leave.
    function mintableBy(address appraiser) external view returns (uint256);

    function pausedUntil() external view returns (uint40);

    /// @notice The committee's epoch, which records must state.
    function currentEpoch() external view returns (uint32);

    function isAppraiser(address account) external view returns (bool);

    function collectionCount() external view returns (uint8);

    function collectionOf(uint8 collection) external view returns (Collection memory);

    function purposesOf(uint8 collection) external view returns (uint32);

    /// @notice Who contributed `contributionId`, for how many units, to which collection, and whether it is active.
    function contributionOf(bytes32 contributionId)
        external
        view
        returns (address contributor, uint8 collection, uint56 units, Status status);

    /// @notice EIP-712 struct hash of a record.
    function recordHash(Contribution calldata record) external pure returns (bytes32);

    /// @notice keccak256(abi.encode(previous head, kind, id, dataHash)) over every change; zero before the first.
    function historyHead() external view returns (bytes32);

    /// @notice How many changes {historyHead} chains.
    function historyCount() external view returns (uint40);

    /// @notice The newest sealed edition of `collection`, 0 if there is none.
    function newestEdition(uint8 collection) external view returns (uint40 editionId);

    /// @notice The same with the units that it holds.
    function newestSealed(uint8 collection) external view returns (uint40 editionId, uint56 totalUnits);

    function editionOf(uint40 editionId) external view returns (Edition memory);

    function editionCount() external view returns (uint40);

    /// @notice Seconds that lie between two editions of one collection, at least.
    function sealInterval() external view returns (uint48);
}
