// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {Committees} from "./Committees.sol";
import {IKeeperRegistry} from "./interfaces/IKeeperRegistry.sol";
import {Peers, UnexpectedCaller} from "./interfaces/Peers.sol";

/// @title Keepers: committees, attested editions, receipts
/// @dev Who keeps, and who serves, is in {Committees}.
contract KeeperRegistry is Committees {
    // --- constants ---

    uint48 private constant HAND_OVER_PERIOD = 1 days;
    bytes32 private constant ATTESTATION_TYPEHASH = keccak256("Attestation(uint40 editionId,bytes32 root)");
    bytes32 private constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(uint64 licenceId,uint8 index,bytes32 bundleDigest,uint64 bundleLength,uint64 count,bytes32 editionRoot,bytes32 releaseKeyHash)"
    );

    // --- immutables ---

    address private immutable LICENCE;

    // --- storage ---

    mapping(uint40 editionId => bytes32 root) private _roots;
    mapping(uint64 licenceId => Delivery) private _deliveries;
    /// Hash of edition root and release key hash.
    mapping(uint64 licenceId => bytes32) private _expectations;
    /// Expectations that a rotation ended: receipts signed for them are about, but not the bundles.
    mapping(uint64 licenceId => mapping(bytes32 expectation => bool)) private _ended;

    modifier onlyLicence() {
        require(msg.sender == LICENCE, UnexpectedCaller(msg.sender, LICENCE));
        _;
    }

    // --- constructor ---

    constructor(Peers memory peers, Keeper[] memory keepers, uint8 threshold) Committees(peers, keepers, threshold) {
        LICENCE = peers.licence;
    }

    // --- keepers ---

    /// @inheritdoc IKeeperRegistry
    function attest(uint40 editionId, bytes32 root, uint8[] calldata indexes, bytes[] calldata signatures) external {
        uint32 epoch = servingEpoch();
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

    // --- licences ---

    /// @inheritdoc IKeeperRegistry
    function open(uint64 licenceId, uint40 editionId, bytes32 releaseKeyHash, uint48 deliverBy) external onlyLicence {
        require(_deliveries[licenceId].editionId == 0, DeliveryExists(licenceId));
        bytes32 root = _roots[editionId];
        require(root != bytes32(0), EditionNotAttested(editionId));
        uint32 epoch = servingEpoch();
        Delivery storage delivery = _deliveries[licenceId];
        (delivery.editionId, delivery.deliverBy) = (editionId, deliverBy);
        (delivery.epoch, delivery.threshold) = (epoch, _threshold(epoch));
        _expectations[licenceId] = _expectation(root, releaseKeyHash);
        emit DeliveryOpened(licenceId, editionId, deliverBy, epoch);
    }

    /// @inheritdoc IKeeperRegistry
    function rekey(uint64 licenceId, bytes32 releaseKeyHash) external onlyLicence {
        Delivery storage delivery = _openDelivery(licenceId);
        require(delivery.receipts == 0, ReceiptsPosted(licenceId, delivery.receipts));
        bytes32 expectation = _expectation(_roots[delivery.editionId], releaseKeyHash);
        _ended[licenceId][_expectations[licenceId]] = true;
        require(!_ended[licenceId][expectation], ReleaseKeyUsed(licenceId, releaseKeyHash));
        _expectations[licenceId] = expectation;
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
        uint8 threshold = _threshold(epoch);
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
}
