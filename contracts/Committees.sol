// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IDataRegistry} from "./interfaces/IDataRegistry.sol";
import {IKeeperRegistry} from "./interfaces/IKeeperRegistry.sol";
import {Peers, UnexpectedCaller} from "./interfaces/Peers.sol";
import {X25519} from "./libraries/X25519.sol";

/// @title Committees and their epochs
/// @notice The keeper registry's half that knows who keeps: which committee is dealt to, and which serves.
/// @dev `_serving` never goes back and is never above `_epoch`: only the newest epoch can come to serve.
abstract contract Committees is IKeeperRegistry, EIP712 {
    // --- constants ---

    uint256 private constant MAX_KEEPERS = 32;
    bytes32 private constant HANDOVER_TYPEHASH = keccak256("Handover(uint32 epoch,uint8 index)");

    // --- immutables ---

    IDataRegistry internal immutable REGISTRY;
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
    /// The index at which an operator, or a sealing key, has once stood: it never gets another, or it could gather shares.
    mapping(address operator => uint8 index) private _seats;
    mapping(bytes32 coordinate => uint8 index) private _keySeats;

    // --- constructor ---

    constructor(Peers memory peers, Keeper[] memory keepers, uint8 threshold) EIP712("KeeperRegistry", "1") {
        REGISTRY = IDataRegistry(peers.registry);
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

    // --- views ---

    /// @inheritdoc IKeeperRegistry
    function currentEpoch() external view returns (uint32) {
        return _epoch;
    }

    /// @inheritdoc IKeeperRegistry
    function servingEpoch() public view returns (uint32) {
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

    // --- internal ---

    function _threshold(uint32 epoch) internal view returns (uint8) {
        return _committees[epoch].threshold;
    }

    function _operator(uint32 epoch, uint8 index) internal view returns (address operator) {
        operator = _keepers[epoch][index].operator;
        require(operator != address(0), KeeperUnknown(epoch, index));
    }

    /// @dev Forms the committee of the next epoch, in at most {MAX_KEEPERS} rounds. Two seats of one operator or one key
    /// are refused as the second of two indexes.
    function _form(Keeper[] memory keepers, uint8 threshold) private {
        uint256 size = keepers.length;
        uint32 epoch = ++_epoch;
        address[] memory operators = new address[](size);
        bytes32[] memory sealingKeys = new bytes32[](size);
        for (uint8 i = 0; i < size; ++i) {
            Keeper memory keeper = keepers[i];
            (operators[i], sealingKeys[i]) = (keeper.operator, keeper.sealingKey);
            _takeSeat(keeper.operator, keeper.sealingKey, i + 1);
            _keepers[epoch][i + 1] = keeper;
            emit KeeperJoined(epoch, i + 1, keeper.operator, keeper.sealingKey, keeper.endpoint);
        }
        bytes32 hash = keccak256(abi.encode(block.chainid, address(this), epoch, threshold, operators, sealingKeys));
        (Committee storage committee, uint8 keeperCount) = (_committees[epoch], uint8(size));
        (committee.threshold, committee.size, committee.hash) = (threshold, keeperCount, hash);
        emit CommitteeFormed(epoch, threshold, hash);
        REGISTRY.beginEpoch(epoch);
    }

    /// @dev A key is known by its coordinate: with or without the bit that X25519 ignores it is the same one.
    function _takeSeat(address operator, bytes32 sealingKey, uint8 index) private {
        require(operator != address(0), OperatorMissing(index));
        require(!X25519.isLowOrder(sealingKey), SealingKeyInvalid(index));
        bytes32 coordinate = X25519.coordinateOf(sealingKey);
        (uint8 seat, uint8 keySeat) = (_seats[operator], _keySeats[coordinate]);
        require(seat == 0 || seat == index, OperatorSeated(operator, seat));
        require(keySeat == 0 || keySeat == index, SealingKeySeated(sealingKey, keySeat));
        (_seats[operator], _keySeats[coordinate]) = (index, index);
    }

    function _serve(uint32 epoch) private {
        _serving = epoch;
        emit EpochServing(epoch);
    }

    function _committee(uint32 epoch) private view returns (Committee storage committee) {
        committee = _committees[epoch];
        require(committee.size != 0, EpochUnknown(epoch));
    }
}
