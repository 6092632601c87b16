// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IDataRegistry} from "./interfaces/IDataRegistry.sol";
import {IKeeperRegistry} from "./interfaces/IKeeperRegistry.sol";
import {Peers, UnexpectedCaller} from "./interfaces/Peers.sol";
import {X25519} from "./libraries/X25519.sol";

/// @title Keepers: committees, attested editions, receipts
contract KeeperRegistry is IKeeperRegistry, EIP712 {
    // --- constants ---

    uint256 private constant MAX_KEEPERS = 32;
    uint48 private constant HAND_OVER_PERIOD = 1 days;
    bytes32 private constant ATTESTATION_TYPEHASH = keccak256("Attestation(uint40 editionId,bytes32 root)");
    bytes32 private constant HANDOVER_TYPEHASH = keccak256("Handover(uint32 epoch,uint8 index)");
    bytes32 private constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(uint64 licenceId,uint8 index,bytes32 bundleDigest,uint64 bundleLength,uint64 count,bytes32 editionRoot,bytes32 releaseKeyHash)"
    );

    // --- immutables ---

    IDataRegistry private immutable REGISTRY;
    address private immutable LICENCE;
    address private immutable TIMELOCK;

    // --- storage ---

    struct Committee {
        uint8 threshold;
        uint8 size;
        /// how many of its keepers hold their shares of everything earlier
        uint8 holders;
        /// bit i is set once keeper i does
        uint64 holding;
        bytes32 hash;
    }

    uint32 private _epoch;
    uint32 private _serving;
    mapping(uint32 epoch => Committee) private _committees;
    mapping(uint32 epoch => mapping(uint8 index => Keeper)) private _keepers;
    /// The index that an operator has once sat at: it never gets another, or it could gather shares.
    mapping(address operator => uint8 index) private _seats;
    mapping(uint40 editionId => bytes32 root) private _roots;
    mapping(uint64 licenceId => Delivery) private _deliveries;
    /// Hash of edition root and release key hash.
    mapping(uint64 licenceId => bytes32) private _expectations;

    modifier onlyLicence() {
        require(msg.sender == LICENCE, UnexpectedCaller(msg.sender, LICENCE));
        _;
    }

    // --- constructor ---

    constructor(Peers memory peers, Keeper[] memory keepers, uint8 threshold) EIP712("KeeperRegistry", "1") {
        REGISTRY = IDataRegistry(peers.registry);
        LICENCE = peers.licence;
        TIMELOCK = peers.timelock;
        uint256 size = keepers.length;
        require(size > 0 && size <= MAX_KEEPERS, CommitteeSizeOutOfBounds(size));
        require(threshold > 0 && threshold <= size, ThresholdOutOfBounds(threshold, size));
        _form(keepers, threshold);
        _serve(1);
    }

    // --- the DAO ---

    /// @inheritdoc IKeeperRegistry
    function changeCommittee(Keeper[] calldata keepers) external {
        require(msg.sender == TIMELOCK, UnexpectedCaller(msg.sender, TIMELOCK));
        Committee storage last = _committees[_epoch];
        require(keepers.length == last.size, CommitteeSizeFixed(keepers.length, last.size));
        _form(keepers, last.threshold);
    }

    // --- keepers ---

    /// @inheritdoc IKeeperRegistry
    function attest(uint40 editionId, bytes32 root, uint8[] calldata indexes, bytes[] calldata signatures) external {
        uint32 epoch = _serving;
        REGISTRY.editionOf(editionId); // reverts for an unknown one
        require(root != bytes32(0), RootEmpty());
        require(_roots[editionId] == bytes32(0), AlreadyAttested(editionId, _roots[editionId]));
        _checkAttestations(epoch, _attestationDigest(editionId, root), indexes, signatures);
        _roots[editionId] = root;
        emit EditionAttested(editionId, root);
    }

    /// @inheritdoc IKeeperRegistry
    function postReceipt(Receipt calldata receipt) external {
        _post(receipt, msg.sender);
    }

    /// @inheritdoc IKeeperRegistry
    function postReceiptFor(Receipt calldata receipt, bytes calldata signature) external {
        bytes32 structHash = keccak256(abi.encode(RECEIPT_TYPEHASH, receipt));
        _post(receipt, ECDSA.recoverCalldata(_hashTypedDataV4(structHash), signature));
    }

    /// @inheritdoc IKeeperRegistry
    function confirmHandover(uint32 epoch, uint8 index, bytes calldata signature) external {
        require(epoch == _epoch, EpochNotCurrent(epoch, _epoch));
        address operator = _operator(epoch, index);
        bytes32 structHash = keccak256(abi.encode(HANDOVER_TYPEHASH, epoch, index));
        address signer = ECDSA.recoverCalldata(_hashTypedDataV4(structHash), signature);
        require(signer == operator, NotOperator(signer, operator));
        Committee storage committee = _committees[epoch];
        require((committee.holding >> index) & 1 == 0, HandoverRepeated(epoch, index));
        committee.holding |= uint64(1 << index);
        uint8 holders = ++committee.holders;
        emit HandoverConfirmed(epoch, index);
        if (_serving != epoch && holders >= committee.threshold) _serve(epoch);
    }

    // --- licences ---

    /// @inheritdoc IKeeperRegistry
    function open(uint64 licenceId, uint40 editionId, bytes32 releaseKeyHash, uint48 deliverBy) external onlyLicence {
        require(_deliveries[licenceId].editionId == 0, DeliveryExists(licenceId));
        bytes32 root = _roots[editionId];
        require(root != bytes32(0), EditionNotAttested(editionId));
        uint32 epoch = _serving;
        Delivery storage delivery = _deliveries[licenceId];
        (delivery.editionId, delivery.deliverBy) = (editionId, deliverBy);
        (delivery.epoch, delivery.threshold) = (epoch, _committees[epoch].threshold);
        _expectations[licenceId] = _expectation(root, releaseKeyHash);
        emit DeliveryOpened(licenceId, editionId, deliverBy, epoch);
    }

    /// @inheritdoc IKeeperRegistry
    function rekey(uint64 licenceId, bytes32 releaseKeyHash) external onlyLicence {
        Delivery storage delivery = _openDelivery(licenceId);
        require(delivery.receipts == 0, ReceiptsPosted(licenceId, delivery.receipts));
        _expectations[licenceId] = _expectation(_roots[delivery.editionId], releaseKeyHash);
    }

    /// @inheritdoc IKeeperRegistry
    function halt(uint64 licenceId) external onlyLicence {
        Delivery storage delivery = _openDelivery(licenceId);
        uint48 until = _handOverUntil(delivery);
        require(block.timestamp > until, HandOverUnderWay(licenceId, until));
        delivery.halted = true;
    }

    /// @inheritdoc IKeeperRegistry
    function resume(uint64 licenceId) external onlyLicence {
        _openDelivery(licenceId).halted = false;
    }

    // --- views ---

    /// @inheritdoc IKeeperRegistry
    function currentEpoch() external view returns (uint32) {
        return _epoch;
    }

    /// @inheritdoc IKeeperRegistry
    function servingEpoch() external view returns (uint32) {
        return _serving;
    }

    /// @inheritdoc IKeeperRegistry
    function isHolding(uint32 epoch, uint8 index) external view returns (bool) {
        _operator(epoch, index);
        return (_committees[epoch].holding >> index) & 1 == 1;
    }

    /// @inheritdoc IKeeperRegistry
    function committeeOf(uint32 epoch) external view returns (uint8 threshold, uint8 size) {
        Committee storage committee = _committee(epoch);
        return (committee.threshold, committee.size);
    }

    /// @inheritdoc IKeeperRegistry
    function keeperOf(uint32 epoch, uint8 index) external view returns (Keeper memory) {
        _operator(epoch, index);
        return _keepers[epoch][index];
    }

    /// @inheritdoc IKeeperRegistry
    function committeeHash(uint32 epoch) external view returns (bytes32) {
        return _committee(epoch).hash;
    }

    /// @inheritdoc IKeeperRegistry
    function editionRoot(uint40 editionId) external view returns (bytes32) {
        return _roots[editionId];
    }

    /// @inheritdoc IKeeperRegistry
    function deliveryOf(uint64 licenceId) external view returns (Delivery memory) {
        return _openDelivery(licenceId);
    }

    /// @inheritdoc IKeeperRegistry
    function isDelivered(uint64 licenceId) external view returns (bool) {
        return _isDelivered(_openDelivery(licenceId));
    }

    // --- internal ---

    /// @dev Forms the committee of the next epoch. At most {MAX_KEEPERS} rounds, each comparing with those before.
    function _form(Keeper[] memory keepers, uint8 threshold) private {
        uint256 size = keepers.length;
        uint32 epoch = ++_epoch;
        address[] memory operators = new address[](size);
        bytes32[] memory sealingKeys = new bytes32[](size);
        for (uint8 i = 0; i < size; ++i) {
            _checkKeeper(keepers, i);
            (operators[i], sealingKeys[i]) = (keepers[i].operator, keepers[i].sealingKey);
            _keepers[epoch][i + 1] = keepers[i];
            _takeSeat(operators[i], i + 1);
            emit KeeperJoined(epoch, i + 1, operators[i], sealingKeys[i], keepers[i].endpoint);
        }
        bytes32 hash = keccak256(abi.encode(block.chainid, address(this), epoch, threshold, operators, sealingKeys));
        (Committee storage committee, uint8 keeperCount) = (_committees[epoch], uint8(size));
        (committee.threshold, committee.size, committee.hash) = (threshold, keeperCount, hash);
        emit CommitteeFormed(epoch, threshold, hash);
        REGISTRY.beginEpoch(epoch);
    }

    function _takeSeat(address operator, uint8 index) private {
        uint8 seat = _seats[operator];
        require(seat == 0 || seat == index, OperatorSeated(operator, seat));
        _seats[operator] = index;
    }

    function _serve(uint32 epoch) private {
        _serving = epoch;
        emit EpochServing(epoch);
    }

    /// @dev The delivery is one slot: read once, and its two or three fields written, which is cheaper than all of them.
    function _post(Receipt calldata receipt, address account) private {
        (uint64 licenceId, uint8 index) = (receipt.licenceId, receipt.index);
        Delivery storage stored = _deliveries[licenceId];
        Delivery memory delivery = stored;
        require(delivery.editionId != 0, DeliveryUnknown(licenceId));
        uint48 deliverBy = delivery.deliverBy;
        require(block.timestamp <= deliverBy, DeliveryOver(deliverBy, block.timestamp));
        address operator = _operator(delivery.epoch, index);
        require(account == operator, NotOperator(account, operator));
        uint64 posted = delivery.posted;
        require((posted >> index) & 1 == 0, ReceiptRepeated(licenceId, index));
        require(!delivery.halted, DeliveryHalted(licenceId));
        _checkExpectation(receipt, licenceId, delivery.editionId);
        uint8 receipts = delivery.receipts + 1;
        (stored.receipts, stored.posted) = (receipts, posted | uint64(1 << index));
        if (receipts == delivery.threshold) stored.deliveredAt = uint48(block.timestamp);
        emit ReceiptPosted(licenceId, index, receipt.bundleDigest, receipt.bundleLength, receipt.count);
    }

    /// @dev One slot answers the usual case; only a refusal looks up which of the two differs.
    function _checkExpectation(Receipt calldata receipt, uint64 licenceId, uint40 editionId) private view {
        (bytes32 givenRoot, bytes32 givenKeyHash) = (receipt.editionRoot, receipt.releaseKeyHash);
        if (_expectation(givenRoot, givenKeyHash) == _expectations[licenceId]) return;
        bytes32 root = _roots[editionId];
        require(givenRoot == root, EditionRootMismatch(givenRoot, root));
        revert ReleaseKeyMismatch(licenceId, givenKeyHash);
    }

    /// @dev Strictly increasing indexes bound the loop by the committee's size.
    function _checkAttestations(uint32 epoch, bytes32 digest, uint8[] calldata indexes, bytes[] calldata signatures)
        private
        view
    {
        uint256 given = signatures.length;
        uint8 threshold = _committees[epoch].threshold;
        require(indexes.length == given, SignatureCountMismatch(indexes.length, given));
        require(given >= threshold, TooFewAttestations(given, threshold));
        uint8 previous = 0;
        for (uint256 i = 0; i < given; ++i) {
            uint8 index = indexes[i];
            require(index > previous, IndexesNotIncreasing(previous, index));
            address operator = _operator(epoch, index);
            address signer = ECDSA.recoverCalldata(digest, signatures[i]);
            require(signer == operator, NotOperator(signer, operator));
            previous = index;
        }
    }

    function _attestationDigest(uint40 editionId, bytes32 root) private view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ATTESTATION_TYPEHASH, editionId, root)));
    }

    function _committee(uint32 epoch) private view returns (Committee storage committee) {
        committee = _committees[epoch];
        require(committee.size != 0, EpochUnknown(epoch));
    }

    function _operator(uint32 epoch, uint8 index) private view returns (address operator) {
        operator = _keepers[epoch][index].operator;
        require(operator != address(0), KeeperUnknown(epoch, index));
    }

    function _openDelivery(uint64 licenceId) private view returns (Delivery storage delivery) {
        delivery = _deliveries[licenceId];
        require(delivery.editionId != 0, DeliveryUnknown(licenceId));
    }

    function _isDelivered(Delivery storage delivery) private view returns (bool) {
        return delivery.deliveredAt != 0;
    }

    /// @dev Last second of the hand-over; zero before the delivery. A receipt in the last second of the time for delivery
    /// leaves time to become final, and the buyer time to fetch.
    function _handOverUntil(Delivery storage delivery) private view returns (uint48) {
        (uint48 deliveredAt, uint48 deliverBy) = (delivery.deliveredAt, delivery.deliverBy);
        if (deliveredAt == 0) return 0;
        uint48 until = deliveredAt + HAND_OVER_PERIOD;
        return until > deliverBy ? until : deliverBy;
    }

    function _expectation(bytes32 root, bytes32 releaseKeyHash) private pure returns (bytes32) {
        return keccak256(abi.encode(root, releaseKeyHash));
    }

    function _checkKeeper(Keeper[] memory keepers, uint8 position) private pure {
        Keeper memory keeper = keepers[position];
        require(keeper.operator != address(0), OperatorMissing(uint256(position) + 1));
        bool valid = !X25519.isLowOrder(keeper.sealingKey);
        for (uint256 i = 0; i < position; ++i) {
            require(keepers[i].operator != keeper.operator, OperatorRepeated(keeper.operator));
            valid = valid && keepers[i].sealingKey != keeper.sealingKey;
        }
        require(valid, SealingKeyInvalid(uint256(position) + 1));
    }
}
