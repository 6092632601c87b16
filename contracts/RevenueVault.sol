// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IContributionToken} from "./interfaces/IContributionToken.sol";
import {IDataRegistry} from "./interfaces/IDataRegistry.sol";
import {IKeeperRegistry} from "./interfaces/IKeeperRegistry.sol";
import {IRevenueVault} from "./interfaces/IRevenueVault.sol";
import {NATIVE, Peers} from "./interfaces/Peers.sol";
import {Assets} from "./libraries/Assets.sol";

/// @title Revenue: money per edition, claimed by exactly those whose data was in it
/// @notice What it promises stands in {IRevenueVault}.
contract RevenueVault is IRevenueVault, ReentrancyGuardTransient {
    using Assets for address;

    /// What an edition received in one asset, beside what entitlements are reckoned from, so that a claim reads one slot
    /// instead of asking the registry.
    struct Income {
        uint128 received;
        uint56 totalUnits;
        uint48 timepoint;
        uint8 collection;
    }

    uint16 private constant BASIS = 10_000;
    uint16 private constant MAX_RESERVE_BPS = 2_000;
    uint16 private constant MAX_KEEPER_BPS = 1_000;
    uint256 private constant MAX_MEMBERS = 100;
    /// What one payee may use up in {claimMany}: a contract wallet's receive, a proxied token's transfer.
    uint256 private constant NATIVE_GAS = 60_000;
    uint256 private constant TOKEN_GAS = 200_000;
    /// What the call itself costs before its receiver sees any gas: value, new account, cold address, encoding.
    uint256 private constant CALL_GAS = 40_000;

    address private immutable TIMELOCK;
    IContributionToken private immutable TOKEN;
    IDataRegistry private immutable REGISTRY;
    IKeeperRegistry private immutable KEEPERS;
    uint16 private immutable RESERVE_BPS;
    uint16 private immutable KEEPER_BPS;

    mapping(uint40 editionId => mapping(address asset => Income)) private _incomes;
    mapping(uint40 editionId => mapping(address asset => mapping(address member => uint256 amount))) private _claimed;
    mapping(address member => address payee) private _payees;
    mapping(address member => mapping(address asset => uint256 amount)) private _parked;
    mapping(address asset => uint256 amount) private _reserves;
    mapping(uint32 epoch => mapping(address asset => uint256 amount)) private _keepersCut;
    mapping(uint32 epoch => mapping(address asset => mapping(uint8 index => uint256 amount))) private _keeperPaid;

    constructor(Peers memory peers, uint16 reserveBps, uint16 keeperBps) {
        require(reserveBps <= MAX_RESERVE_BPS, CutOutOfBounds(reserveBps, MAX_RESERVE_BPS));
        require(keeperBps <= MAX_KEEPER_BPS, CutOutOfBounds(keeperBps, MAX_KEEPER_BPS));
        TIMELOCK = peers.timelock;
        TOKEN = IContributionToken(peers.token);
        REGISTRY = IDataRegistry(peers.registry);
        KEEPERS = IKeeperRegistry(peers.keepers);
        RESERVE_BPS = reserveBps;
        KEEPER_BPS = keeperBps;
    }

    // --- money in ---

    /// @inheritdoc IRevenueVault
    function deposit(uint40 editionId, address asset, uint256 amount, bytes32 purpose) external payable nonReentrant {
        IDataRegistry.Edition memory edition = REGISTRY.editionOf(editionId);
        require(edition.totalUnits != 0, EditionWithoutUnits(editionId));
        uint256 expected = asset == NATIVE ? amount : 0;
        require(msg.value == expected, NativeAmountMismatch(msg.value, expected));
        uint256 received = asset == NATIVE ? amount : asset.pull(msg.sender, amount);
        require(received != 0, NothingDeposited());

        uint256 reserveCut = Math.mulDiv(received, RESERVE_BPS, BASIS);
        uint256 keeperCut = Math.mulDiv(received, KEEPER_BPS, BASIS);
        _credit(_incomes[editionId][asset], edition, received - reserveCut - keeperCut);
        if (reserveCut != 0) _reserves[asset] += reserveCut;
        if (keeperCut != 0) _keepersCut[edition.epoch][asset] += keeperCut;
        emit Deposited(editionId, asset, msg.sender, received, reserveCut, keeperCut, purpose);
    }

    // --- members ---

    /// @inheritdoc IRevenueVault
    function claim(uint40 editionId, address asset) external nonReentrant returns (uint256 amount) {
        amount = dueOf(editionId, asset, msg.sender);
        require(amount != 0, NothingDue(editionId, asset, msg.sender));
        address payee = _book(editionId, asset, msg.sender, amount);
        _pay(asset, payee, amount);
    }

    /// @inheritdoc IRevenueVault
    function claimMany(uint40 editionId, address asset, address[] calldata members)
        external
        nonReentrant
        returns (uint256 total)
    {
        require(members.length <= MAX_MEMBERS, TooManyMembers(members.length, MAX_MEMBERS));
        Income memory income = _incomes[editionId][asset];
        mapping(address member => uint256) storage claimed = _claimed[editionId][asset];
        address previous = address(0);
        for (uint256 i = 0; i < members.length; ++i) {
            address member = members[i];
            require(member > previous, MembersNotIncreasing(previous, member));
            previous = member;
            uint256 amount = _due(income, claimed[member], member);
            if (amount == 0) continue;
            total += amount;
            address payee = _book(editionId, asset, member, amount);
            _payOrPark({asset: asset, member: member, payee: payee, amount: amount});
        }
    }

    /// @inheritdoc IRevenueVault
    function setPayee(address payee) external {
        _payees[msg.sender] = payee;
        emit PayeeChanged(msg.sender, payee);
    }

    /// @inheritdoc IRevenueVault
    function collect(address asset, address to) external nonReentrant returns (uint256 amount) {
        amount = _parked[msg.sender][asset];
        require(amount != 0, NothingParked(msg.sender, asset));
        _parked[msg.sender][asset] = 0;
        emit Collected(msg.sender, asset, to, amount);
        _pay(asset, to, amount);
    }

    // --- reserve and keepers ---

    /// @inheritdoc IRevenueVault
    function sweepReserve(address asset) external nonReentrant returns (uint256 amount) {
        amount = _reserves[asset];
        require(amount != 0, NothingReserved(asset));
        _reserves[asset] = 0;
        emit ReserveSwept(asset, amount);
        _pay(asset, TIMELOCK, amount);
    }

    /// @inheritdoc IRevenueVault
    function payKeeper(uint32 epoch, uint8 index, address asset) external nonReentrant returns (uint256 amount) {
        amount = keeperDue(epoch, index, asset);
        require(amount != 0, NothingDueToKeeper(epoch, index, asset));
        _keeperPaid[epoch][asset][index] += amount;
        emit KeeperPaid(epoch, index, asset, amount);
        _pay(asset, KEEPERS.keeperOf(epoch, index).operator, amount);
    }

    // --- views ---

    /// @inheritdoc IRevenueVault
    function dueOf(uint40 editionId, address asset, address member) public view returns (uint256) {
        return _due(_incomes[editionId][asset], _claimed[editionId][asset][member], member);
    }

    /// @inheritdoc IRevenueVault
    function receivedOf(uint40 editionId, address asset) external view returns (uint256) {
        return _incomes[editionId][asset].received;
    }

    /// @inheritdoc IRevenueVault
    function claimedOf(uint40 editionId, address asset, address member) external view returns (uint256) {
        return _claimed[editionId][asset][member];
    }

    /// @inheritdoc IRevenueVault
    function payeeOf(address member) public view returns (address) {
        address payee = _payees[member];
        return payee == address(0) ? member : payee;
    }

    /// @inheritdoc IRevenueVault
    function parkedOf(address member, address asset) external view returns (uint256) {
        return _parked[member][asset];
    }

    /// @inheritdoc IRevenueVault
    function reserveOf(address asset) external view returns (uint256) {
        return _reserves[asset];
    }

    /// @inheritdoc IRevenueVault
    function keeperDue(uint32 epoch, uint8 index, address asset) public view returns (uint256) {
        uint256 cut = _keepersCut[epoch][asset];
        if (cut == 0) return 0;
        (, uint8 size) = KEEPERS.committeeOf(epoch);
        if (index == 0 || index > size) return 0;
        return cut / size - _keeperPaid[epoch][asset][index];
    }

    /// @inheritdoc IRevenueVault
    function cuts() external view returns (uint16 reserveBps, uint16 keeperBps) {
        return (RESERVE_BPS, KEEPER_BPS);
    }

    // --- internal ---

    function _credit(Income storage income, IDataRegistry.Edition memory edition, uint256 amount) private {
        income.received = SafeCast.toUint128(income.received + amount);
        income.totalUnits = edition.totalUnits;
        income.timepoint = edition.timepoint;
        income.collection = edition.collection;
    }

    /// @dev Rounded down. Units at the edition's timepoint are in the past and can no longer change.
    function _due(Income memory income, uint256 claimed, address member) private view returns (uint256) {
        if (income.received == 0) return 0;
        uint256 units = TOKEN.pastUnits(member, income.collection, income.timepoint);
        return Math.mulDiv(income.received, units, income.totalUnits) - claimed;
    }

    function _book(uint40 editionId, address asset, address member, uint256 amount) private returns (address payee) {
        payee = payeeOf(member);
        _claimed[editionId][asset][member] += amount;
        emit Claimed(editionId, asset, member, payee, amount);
    }

    function _pay(address asset, address to, uint256 amount) private {
        require(to != address(0) && asset.trySend(to, amount), PaymentFailed(to, asset, amount));
    }

    /// @dev With less gas than `needed` the caller could make a good payment fail, so that is refused.
    function _payOrPark(address asset, address member, address payee, uint256 amount) private {
        uint256 gasCap = asset == NATIVE ? NATIVE_GAS : TOKEN_GAS;
        uint256 needed = (gasCap * 64) / 63 + CALL_GAS;
        uint256 available = gasleft();
        require(available >= needed, GasTooLow(available, needed));
        if (asset.trySendCapped(payee, amount, gasCap)) return;
        _parked[member][asset] += amount;
        emit Parked(member, asset, amount);
    }
}
