// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAccessDesk} from "./interfaces/IAccessDesk.sol";
import {IDisputeDesk} from "./interfaces/IDisputeDesk.sol";
import {IKeeperRegistry} from "./interfaces/IKeeperRegistry.sol";
import {ILicence} from "./interfaces/ILicence.sol";
import {IRevenueVault} from "./interfaces/IRevenueVault.sol";
import {NATIVE, Peers} from "./interfaces/Peers.sol";
import {Assets} from "./libraries/Assets.sol";

/// @title Disputes about deliveries
/// @notice What it promises stands in {IDisputeDesk}. It holds bonds only; the desk keeps the escrow and asks here before
/// it moves it.
contract DisputeDesk is IDisputeDesk, ReentrancyGuardTransient {
    using Assets for address;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    uint16 private constant BASIS = 10_000;
    uint48 private constant MIN_PERIOD = 1 minutes;
    uint48 private constant MAX_PERIOD = 30 days;

    IAccessDesk private immutable DESK;
    IKeeperRegistry private immutable KEEPERS;
    ILicence private immutable LICENCE;
    IRevenueVault private immutable VAULT;
    uint48 private immutable WINDOW;
    uint48 private immutable RULING;
    uint16 private immutable BOND_BPS;

    mapping(uint64 requestId => Dispute) private _disputes;

    constructor(Peers memory peers, uint48 window, uint48 ruling, uint16 bondBps) {
        require(bondBps != 0 && bondBps <= BASIS, BondOutOfBounds(bondBps));
        DESK = IAccessDesk(peers.desk);
        KEEPERS = IKeeperRegistry(peers.keepers);
        LICENCE = ILicence(peers.licence);
        VAULT = IRevenueVault(peers.vault);
        WINDOW = _checkedPeriod(window);
        RULING = _checkedPeriod(ruling);
        BOND_BPS = bondBps;
    }

    // --- the buyer ---

    /// @inheritdoc IDisputeDesk
    function open(uint64 requestId, bytes32 claimHash) external payable nonReentrant {
        IAccessDesk.Request memory request = DESK.requestOf(requestId);
        require(msg.sender == request.buyer, NotBuyer(msg.sender, request.buyer));
        address arbiter = request.terms.arbiter;
        require(arbiter != address(0), NoArbiter(requestId));
        require(request.status == IAccessDesk.Status.Granted, NotUnderDelivery(requestId));
        require(_disputes[requestId].verdict == Verdict.None, DisputeExists(requestId));
        uint256 disputeBy = _disputeBy(requestId);
        require(disputeBy != 0, NotDelivered(requestId));
        require(block.timestamp <= disputeBy, WindowOver(requestId, disputeBy));

        Dispute storage dispute = _disputes[requestId];
        uint128 bond = _bond(request.terms.price);
        uint48 ruleBy = uint48(block.timestamp) + RULING;
        (dispute.buyer, dispute.verdict, dispute.ruleBy) = (msg.sender, Verdict.Open, ruleBy);
        (dispute.asset, dispute.bond, dispute.claimHash) = (request.terms.asset, bond, claimHash);
        emit DisputeOpened(requestId, msg.sender, arbiter, bond, ruleBy, claimHash);
        _take(request.terms.asset, bond);
    }

    /// @inheritdoc IDisputeDesk
    function takeBond(uint64 requestId, address to) external nonReentrant {
        Dispute storage dispute = _disputes[requestId];
        require(msg.sender == dispute.buyer, NotBuyer(msg.sender, dispute.buyer));
        bool due = dispute.verdict == Verdict.Upheld || _isUnruled(dispute);
        require(due && !dispute.bondPaid, BondNotDue(requestId));
        dispute.bondPaid = true;
        (address asset, uint128 bond) = (dispute.asset, dispute.bond);
        emit BondReturned(requestId, to, bond);
        require(to != address(0) && asset.trySend(to, bond), PaymentFailed(to, bond));
    }

    // --- the arbiter ---

    /// @inheritdoc IDisputeDesk
    function rule(uint64 requestId, bool upheld, bytes32 reasonHash) external {
        Dispute storage dispute = _disputes[requestId];
        require(dispute.verdict == Verdict.Open, DisputeNotOpen(requestId, dispute.verdict));
        address arbiter = DESK.requestOf(requestId).terms.arbiter;
        require(msg.sender == arbiter, NotArbiter(msg.sender, arbiter));
        require(block.timestamp <= dispute.ruleBy, RulingOver(requestId, dispute.ruleBy));
        (dispute.verdict, dispute.reasonHash) = (upheld ? Verdict.Upheld : Verdict.Rejected, reasonHash);
        emit DisputeRuled(requestId, upheld, reasonHash);
    }

    // --- anyone ---

    /// @inheritdoc IDisputeDesk
    function forfeitBond(uint64 requestId) external nonReentrant {
        Dispute storage dispute = _disputes[requestId];
        require(dispute.verdict == Verdict.Rejected && !dispute.bondPaid, BondNotDue(requestId));
        dispute.bondPaid = true;
        (address asset, uint128 bond) = (dispute.asset, dispute.bond);
        uint40 editionId = LICENCE.licenceOf(requestId).editionId;
        emit BondForfeited(requestId, editionId, bond);
        if (asset != NATIVE) IERC20(asset).forceApprove(address(VAULT), bond);
        bytes32 purpose = keccak256(abi.encode(requestId));
        VAULT.deposit{value: asset == NATIVE ? bond : 0}(editionId, asset, bond, purpose);
    }

    // --- views ---

    /// @inheritdoc IDisputeDesk
    function receiptsStand(uint64 requestId) external view returns (bool) {
        Dispute storage dispute = _disputes[requestId];
        if (dispute.verdict != Verdict.None) return dispute.verdict == Verdict.Rejected || _isUnruled(dispute);
        uint256 disputeBy = _disputeBy(requestId);
        return disputeBy != 0 && block.timestamp > disputeBy;
    }

    /// @inheritdoc IDisputeDesk
    function isUpheld(uint64 requestId) external view returns (bool) {
        return _disputes[requestId].verdict == Verdict.Upheld;
    }

    /// @inheritdoc IDisputeDesk
    function disputeOf(uint64 requestId) external view returns (Dispute memory) {
        return _disputes[requestId];
    }

    /// @inheritdoc IDisputeDesk
    function bondOf(uint64 requestId) external view returns (uint128) {
        return _bond(DESK.requestOf(requestId).terms.price);
    }

    /// @inheritdoc IDisputeDesk
    function settings() external view returns (uint48 window, uint48 ruling, uint16 bondBps) {
        return (WINDOW, RULING, BOND_BPS);
    }

    // --- internal ---

    function _take(address asset, uint128 bond) private {
        uint256 expected = asset == NATIVE ? bond : 0;
        require(msg.value == expected, ValueMismatch(msg.value, expected));
        if (asset == NATIVE) return;
        uint256 received = asset.pull(msg.sender, bond);
        require(received == bond, AmountMismatch(received, bond));
    }

    /// @dev Last second in which a dispute can be opened; zero before the delivery.
    function _disputeBy(uint64 requestId) private view returns (uint256) {
        uint48 deliveredAt = KEEPERS.deliveryOf(requestId).deliveredAt;
        return deliveredAt == 0 ? 0 : uint256(deliveredAt) + WINDOW;
    }

    function _isUnruled(Dispute storage dispute) private view returns (bool) {
        return dispute.verdict == Verdict.Open && block.timestamp > dispute.ruleBy;
    }

    /// @dev At least one smallest unit.
    function _bond(uint128 price) private view returns (uint128) {
        return Math.mulDiv(price, BOND_BPS, BASIS, Math.Rounding.Ceil).toUint128();
    }

    function _checkedPeriod(uint48 period) private pure returns (uint48) {
        require(period >= MIN_PERIOD && period <= MAX_PERIOD, PeriodOutOfBounds(period));
        return period;
    }
}
