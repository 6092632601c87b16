// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Appraisers} from "./Appraisers.sol";
import {EditionLog} from "./EditionLog.sol";
import {IDataRegistry} from "./interfaces/IDataRegistry.sol";
import {Peers} from "./interfaces/Peers.sol";

/// @title The register of contributions and editions
/// @dev Who contributed what; who may appraise it is in {Appraisers}, history and editions are in {EditionLog}.
contract DataRegistry is Appraisers, EIP712 {
    // --- constants ---

    uint8 private constant KIND_CONTRIBUTED = 1;
    uint8 private constant KIND_WITHDRAWN = 2;
    uint8 private constant KIND_LEFT = 3;

    uint256 private constant MAX_BATCH = 100;
    /// What one registration of a batch may use up, a contract wallet's check of its signature included.
    uint256 private constant ITEM_GAS = 500_000;
    /// What a batch needs beside it to go on: the rest of the caller's 64th part, and the event of a refusal.
    uint256 private constant SKIP_GAS = 20_000;

    bytes32 private constant CONTRIBUTION_TYPEHASH = keccak256(
        "Contribution(bytes32 contributionId,address contributor,uint8 collection,bytes32 cidDigest,uint64 length,bytes32 envelopeCommitment,bytes32 keyId,bytes32 shareRoot,uint32 epoch)"
    );
    bytes32 private constant APPRAISAL_TYPEHASH =
        keccak256("Appraisal(bytes32 recordHash,uint64 units,uint48 deadline)");
    bytes32 private constant WITHDRAWAL_TYPEHASH = keccak256("Withdrawal(bytes32 contributionId,uint48 deadline)");
    bytes32 private constant DEPARTURE_TYPEHASH = keccak256("Departure(address member,uint8 tenure,uint48 deadline)");

    // --- immutables ---

    /// The purposes of all collections, 32 bits each, so that a request reads none from storage.
    uint96 private immutable PURPOSES;

    // --- storage ---

    /// What the chain keeps of a contribution; the rest of its record is in its event.
    struct Entry {
        address contributor;
        uint8 collection;
        uint56 units;
        Status status;
        /// of the contributor, when it contributed; over once it has left with all it had
        uint8 tenure;
    }

    mapping(bytes32 contributionId => Entry) private _entries;
    mapping(uint8 collection => Collection) private _collections;

    // --- constructor ---

    constructor(
        Peers memory peers,
        Collection[] memory collections,
        GenesisAppraiser[] memory appraisers,
        uint48 interval,
        Genesis memory threshold,
        Caps memory caps_
    ) EditionLog(peers, collections.length, interval) Appraisers(peers, threshold, caps_) EIP712("DataRegistry", "1") {
        uint96 purposes = 0;
        for (uint8 i = 0; i < COLLECTIONS; ++i) {
            _collections[i] = collections[i];
            purposes |= uint96(collections[i].purposes) << (32 * i);
            emit CollectionCreated(i, collections[i].name, collections[i].purposes);
        }
        PURPOSES = purposes;
        for (uint256 i = 0; i < appraisers.length; ++i) {
            _addAppraiser(appraisers[i].appraiser, appraisers[i].sealingKey, appraisers[i].endpoint);
        }
    }

    // --- contributors ---

    /// @inheritdoc IDataRegistry
    function contribute(Contribution calldata record, bytes32 nonce, Appraisal calldata appraisal) external {
        require(msg.sender == record.contributor, NotContributor(msg.sender, record.contributor));
        _register(record, recordHash(record), nonce, appraisal);
    }

    /// @inheritdoc IDataRegistry
    function contributeFor(
        Contribution calldata record,
        bytes32 nonce,
        Appraisal calldata appraisal,
        bytes calldata contributorSignature
    ) external {
        bytes32 structHash = recordHash(record);
        _checkContributor(record.contributor, structHash, contributorSignature);
        _register(record, structHash, nonce, appraisal);
    }

    /// @inheritdoc IDataRegistry
    /// @dev Each registration is a call to itself, so that what one of them spoils is undone with it. With less gas than
    /// it may use the caller could make a good one fail, so that is refused.
    function contributeBatch(SignedContribution[] calldata batch) external returns (uint256 registered) {
        require(batch.length <= MAX_BATCH, TooManyContributions(batch.length, MAX_BATCH));
        bytes32 previous = 0;
        uint256 needed = (ITEM_GAS * 64) / 63 + SKIP_GAS;
        for (uint256 i = 0; i < batch.length; ++i) {
            SignedContribution calldata item = batch[i];
            bytes32 id = item.record.contributionId;
            require(id > previous, IdsNotIncreasing(previous, id));
            previous = id;
            require(gasleft() >= needed, BatchGasTooLow(gasleft(), needed));
            try this.contributeFor{gas: ITEM_GAS}(item.record, item.nonce, item.appraisal, item.contributorSignature) {
                ++registered;
            } catch (bytes memory reason) {
                emit ContributionSkipped(id, reason);
            }
        }
    }

    /// @inheritdoc IDataRegistry
    function withdraw(bytes32 contributionId) external {
        address contributor = _activeEntry(contributionId).contributor;
        require(msg.sender == contributor, NotContributor(msg.sender, contributor));
        _withdraw(contributionId, contributor);
    }

    /// @inheritdoc IDataRegistry
    function withdrawFor(bytes32 contributionId, uint48 deadline, bytes calldata contributorSignature) external {
        address contributor = _activeEntry(contributionId).contributor;
        require(block.timestamp <= deadline, SignatureExpired(deadline, block.timestamp));
        bytes32 structHash = keccak256(abi.encode(WITHDRAWAL_TYPEHASH, contributionId, deadline));
        _checkContributor(contributor, structHash, contributorSignature);
        _withdraw(contributionId, contributor);
    }

    /// @inheritdoc IDataRegistry
    function leaveAll() external {
        _leave(msg.sender);
    }

    /// @inheritdoc IDataRegistry
    function leaveAllFor(address member, uint48 deadline, bytes calldata memberSignature) external {
        require(block.timestamp <= deadline, SignatureExpired(deadline, block.timestamp));
        uint8 tenure = TOKEN.tenureOf(member);
        bytes32 structHash = keccak256(abi.encode(DEPARTURE_TYPEHASH, member, tenure, deadline));
        _checkContributor(member, structHash, memberSignature);
        _leave(member);
    }

    // --- views ---

    /// @inheritdoc IDataRegistry
    function collectionCount() external view returns (uint8) {
        return COLLECTIONS;
    }

    /// @inheritdoc IDataRegistry
    function collectionOf(uint8 collection) external view returns (Collection memory) {
        _checkCollection(collection);
        return _collections[collection];
    }

    /// @inheritdoc IDataRegistry
    function purposesOf(uint8 collection) external view returns (uint32) {
        _checkCollection(collection);
        return _purposesOf(collection);
    }

    /// @inheritdoc IDataRegistry
    function openPurposes(uint8 collection) external view returns (uint32) {
        _checkCollection(collection);
        _requireUnpaused();
        _requireBegun();
        return _purposesOf(collection);
    }

    /// @inheritdoc IDataRegistry
    function contributionOf(bytes32 contributionId)
        external
        view
        returns (address contributor, uint8 collection, uint56 units, Status status)
    {
        Entry memory entry = _entries[contributionId];
        bool over = entry.status == Status.Active && entry.tenure != TOKEN.tenureOf(entry.contributor);
        return (entry.contributor, entry.collection, entry.units, over ? Status.Withdrawn : entry.status);
    }

    /// @inheritdoc IDataRegistry
    /// @dev Copies the nine words as they are, which costs 950 gas less than encoding them. The narrow ones are checked
    /// where a registration reads them by type, in its event at the latest.
    function recordHash(Contribution calldata record) public pure returns (bytes32 structHash) {
        bytes32 typeHash = CONTRIBUTION_TYPEHASH;
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, typeHash)
            calldatacopy(add(words, 0x20), record, 0x120)
            structHash := keccak256(words, 0x140)
        }
    }

    // --- internal ---

    function _register(Contribution calldata record, bytes32 structHash, bytes32 nonce, Appraisal calldata appraisal)
        private
    {
        _checkRecord(record, nonce);
        address appraiser = _checkAppraisal(structHash, appraisal);
        uint56 units = appraisal.units;
        bytes32 dataHash = keccak256(abi.encode(structHash, units, appraiser));
        _append(KIND_CONTRIBUTED, record.contributionId, dataHash, uint8(1 << record.collection));
        _emitContributed(record, units, appraiser);
        bool begun = _countMinting(appraiser, units);
        Entry storage entry = _entries[record.contributionId];
        entry.tenure = TOKEN.mint(record.contributor, record.collection, units);
        (entry.contributor, entry.collection) = (record.contributor, record.collection);
        (entry.units, entry.status) = (units, Status.Active);
        if (!begun) _checkGenesis(record.contributor);
    }

    function _emitContributed(Contribution calldata record, uint56 units, address appraiser) private {
        emit Contributed(
            record.contributionId,
            record.contributor,
            record.collection,
            record.cidDigest,
            record.length,
            record.envelopeCommitment,
            record.keyId,
            record.shareRoot,
            record.epoch,
            units,
            appraiser
        );
    }

    function _withdraw(bytes32 contributionId, address contributor) private {
        Entry storage entry = _entries[contributionId];
        (uint8 collection, uint56 units, uint8 tenure) = (entry.collection, entry.units, entry.tenure);
        entry.status = Status.Withdrawn;
        _append(KIND_WITHDRAWN, contributionId, keccak256(abi.encode(units)), uint8(1 << collection));
        emit Withdrawn(contributionId, contributor, collection, units);
        TOKEN.burn(contributor, collection, units, tenure);
    }

    /// @dev The entries stay as they are: the token's new tenure tells that they are over.
    function _leave(address member) private {
        (uint56[3] memory units, uint8 tenure) = TOKEN.burnAll(member);
        uint8 collections = 0;
        for (uint8 i = 0; i < COLLECTIONS; ++i) {
            if (units[i] != 0) collections |= uint8(1 << i);
        }
        bytes32 id = bytes32(uint256(uint160(member)));
        _append(KIND_LEFT, id, keccak256(abi.encode(tenure, units)), collections);
        emit Left(member, tenure, units);
    }

    function _activeEntry(bytes32 contributionId) private view returns (Entry storage entry) {
        entry = _entries[contributionId];
        require(entry.status == Status.Active, ContributionNotActive(contributionId));
    }

    function _checkRecord(Contribution calldata record, bytes32 nonce) private view {
        _requireUnpaused();
        _checkCollection(record.collection);
        bytes32 id = keccak256(abi.encode(block.chainid, address(this), record.contributor, nonce));
        require(record.contributionId == id, ContributionIdMismatch(record.contributionId, id));
        require(_entries[id].status == Status.None, ContributionIdUsed(id));
        require(record.length > 0, EmptyEnvelope());
        uint32 epoch = currentEpoch();
        require(record.epoch == epoch, WrongEpoch(record.epoch, epoch));
    }

    function _checkAppraisal(bytes32 structHash, Appraisal calldata appraisal)
        private
        view
        returns (address appraiser)
    {
        require(appraisal.units > 0, NoUnits());
        require(block.timestamp <= appraisal.deadline, AppraisalExpired(appraisal.deadline, block.timestamp));
        bytes32 appraisalHash =
            keccak256(abi.encode(APPRAISAL_TYPEHASH, structHash, appraisal.units, appraisal.deadline));
        appraiser = ECDSA.recoverCalldata(_hashTypedDataV4(appraisalHash), appraisal.signature);
        require(isAppraiser(appraiser), AppraiserUnknown(appraiser));
    }

    function _checkContributor(address contributor, bytes32 structHash, bytes calldata signature) private view {
        require(
            SignatureChecker.isValidSignatureNowCalldata(contributor, _hashTypedDataV4(structHash), signature),
            ContributorSignatureInvalid(contributor)
        );
    }

    function _purposesOf(uint8 collection) private view returns (uint32) {
        return uint32(PURPOSES >> (32 * collection));
    }
}
