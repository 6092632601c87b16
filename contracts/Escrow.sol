// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IAccessDesk} from "./interfaces/IAccessDesk.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {IDisputeDesk} from "./interfaces/IDisputeDesk.sol";
import {IKeeperRegistry} from "./interfaces/IKeeperRegistry.sol";
import {ILicence} from "./interfaces/ILicence.sol";
import {IRevenueVault} from "./interfaces/IRevenueVault.sol";
import {IUsageMeter} from "./interfaces/IUsageMeter.sol";
import {NATIVE, Peers} from "./interfaces/Peers.sol";
import {Assets} from "./libraries/Assets.sol";
import {Filings} from "./libraries/Filings.sol";
import {RequestProposals} from "./libraries/RequestProposals.sol";
import {TermsRules} from "./libraries/TermsRules.sol";

/// @title The desk's money: what requests hold, and the two ways out
/// @notice To the vault and the meter when delivered, back to the buyer when that can come no more. What may be granted
/// is {AccessDesk}'s to decide.
abstract contract Escrow is IAccessDesk, ReentrancyGuardTransient {
    using Assets for address;
    using Filings for Filings.Filing;
    using RequestProposals for RequestProposals.Proposal;
    using SafeERC20 for IERC20;

    /// One slot. 2^96 wei are more coin than there is.
    struct Counters {
        uint64 requests;
        uint96 filingFee;
        uint96 fees;
    }

    address internal immutable TIMELOCK;
    IGovernor internal immutable GOVERNOR;
    ILicence internal immutable LICENCE;
    ICouncil internal immutable COUNCIL;
    IRevenueVault private immutable VAULT;
    IKeeperRegistry internal immutable KEEPERS;
    IDisputeDesk private immutable DISPUTES;
    IUsageMeter private immutable METER;
    uint48 internal immutable EXECUTION_PERIOD;
    uint48 internal immutable DELIVERY_PERIOD;

    Counters internal _counters;
    mapping(uint64 requestId => Filings.Filing) internal _filings;
    mapping(uint64 requestId => address) internal _arbiters;
    mapping(uint64 requestId => Metering) internal _meterings;

    constructor(Peers memory peers, uint48 execution, uint48 delivery) {
        TIMELOCK = peers.timelock;
        GOVERNOR = IGovernor(peers.governor);
        LICENCE = ILicence(peers.licence);
        COUNCIL = ICouncil(peers.council);
        VAULT = IRevenueVault(peers.vault);
        KEEPERS = IKeeperRegistry(peers.keepers);
        DISPUTES = IDisputeDesk(peers.disputes);
        METER = IUsageMeter(peers.meter);
        EXECUTION_PERIOD = TermsRules.checkedPeriod(execution, TermsRules.MAX_EXECUTION_PERIOD);
        DELIVERY_PERIOD = TermsRules.checkedPeriod(delivery, TermsRules.MAX_PERIOD);
    }

    // --- buyers ---

    /// @inheritdoc IAccessDesk
    function refund(uint64 requestId) external nonReentrant {
        _refund(requestId, _known(requestId).buyer);
    }

    /// @inheritdoc IAccessDesk
    function refundTo(uint64 requestId, address to) external nonReentrant {
        _requireBuyer(_known(requestId));
        _refund(requestId, to);
    }

    /// @inheritdoc IAccessDesk
    function decline(uint64 requestId, address to) external nonReentrant {
        Filings.Filing storage filing = _known(requestId);
        _requireBuyer(filing);
        require(filing.status == Status.Countered, NotCountered(requestId, filing.status));
        _sendBack(requestId, to);
    }

    // --- anyone ---

    /// @inheritdoc IAccessDesk
    function settle(uint64 requestId) external nonReentrant {
        Filings.Filing storage filing = _known(requestId);
        require(filing.status == Status.Granted, RequestNotGranted(requestId, filing.status));
        require(KEEPERS.isDelivered(requestId), NotDelivered(requestId));
        if (filing.arbitrated) require(DISPUTES.receiptsStand(requestId), ReceiptsDisputable(requestId));
        (address asset, uint128 price) = (filing.asset, filing.price);
        uint40 editionId = LICENCE.licenceOf(requestId).editionId;

        filing.status = Status.Settled;
        emit Settled(requestId, editionId, asset, price);
        uint256 value = _allow(asset, address(VAULT), price);
        VAULT.deposit{value: value}(editionId, asset, price, keccak256(abi.encode(requestId)));
        if (!filing.metered) return;
        Metering memory metering = _meterings[requestId];
        value = _allow(asset, address(METER), metering.bond);
        METER.open{value: value}(requestId, asset, metering);
    }

    /// @inheritdoc IAccessDesk
    function sweepFees() external nonReentrant {
        uint256 amount = _counters.fees;
        require(amount != 0, NoFees());
        _counters.fees = 0;
        emit FeesSwept(amount);
        _send(NATIVE, TIMELOCK, amount);
    }

    // --- views ---

    /// @inheritdoc IAccessDesk
    function requestOf(uint64 requestId) public view returns (Request memory request_) {
        Filings.Filing memory filing = _copyOf(requestId);
        (request_.buyer, request_.status) = (filing.buyer, filing.status);
        request_.executeBy = _executeBy(filing, COUNCIL.lastPause());
        request_.deliverBy = request_.executeBy + DELIVERY_PERIOD;
        request_.terms = filing.toTerms(_arbiters[requestId], _meterings[requestId]);
    }

    /// @inheritdoc IAccessDesk
    function escrowOf(uint64 requestId) external view returns (uint256) {
        Filings.Filing storage filing = _known(requestId);
        Status status = filing.status;
        bool held = status == Status.Pending || status == Status.Countered || status == Status.Granted;
        return held ? _escrowed(requestId) : 0;
    }

    /// @inheritdoc IAccessDesk
    function isRefundable(uint64 requestId) public view returns (bool) {
        Filings.Filing memory filing = _copyOf(requestId);
        if (filing.status == Status.Granted) return _isUndeliverable(requestId, filing);
        if (filing.status == Status.Countered) return block.timestamp > filing.acceptBy;
        if (filing.status != Status.Pending) return false;
        if (block.timestamp > _executeBy(filing, COUNCIL.lastPause())) return true;
        (, IGovernor.ProposalState state) = _stateOf(requestId, filing.termsHash);
        return state == IGovernor.ProposalState.Defeated || state == IGovernor.ProposalState.Canceled
            || state == IGovernor.ProposalState.Expired;
    }

    /// @inheritdoc IAccessDesk
    function requestCount() external view returns (uint64) {
        return _counters.requests;
    }

    /// @inheritdoc IAccessDesk
    function filingFee() external view returns (uint128) {
        return _counters.filingFee;
    }

    /// @inheritdoc IAccessDesk
    function periods() external view returns (uint48 execution, uint48 delivery) {
        return (EXECUTION_PERIOD, DELIVERY_PERIOD);
    }

    // --- internal ---

    /// @dev Takes `amount` of `asset` from `from`, and `fee` in the native coin, which both are in msg.value where they
    /// are native. Some tokens refuse to transfer nothing, which an answer at the same price would do.
    function _take(address asset, address from, uint256 amount, uint96 fee) internal {
        uint256 expected = asset == NATIVE ? fee + amount : fee;
        require(msg.value == expected, ValueMismatch(msg.value, expected));
        _counters.fees += fee;
        if (asset == NATIVE || amount == 0) return;
        uint256 received = asset.pull(from, amount);
        require(received == amount, AmountMismatch(received, amount));
    }

    function _send(address asset, address to, uint256 amount) internal {
        require(to != address(0) && asset.trySend(to, amount), TransferFailed(to, amount));
    }

    /// @dev Ends a request that is not granted, or no longer, and sends its escrow to `to`.
    function _sendBack(uint64 requestId, address to) private {
        Filings.Filing storage filing = _filings[requestId];
        (address asset, uint256 amount) = (filing.asset, _escrowed(requestId));
        filing.status = Status.Refunded;
        emit Refunded(requestId, to, asset, amount);
        _send(asset, to, amount);
    }

    function _refund(uint64 requestId, address to) private {
        Status status = _filings[requestId].status;
        require(isRefundable(requestId), NotRefundable(requestId, status));
        if (status == Status.Granted) LICENCE.annul(requestId);
        _sendBack(requestId, to);
    }

    /// @dev Lets `spender` take `amount` of a token; gives what to send along of the native coin.
    function _allow(address asset, address spender, uint256 amount) private returns (uint256 value) {
        if (asset == NATIVE) return amount;
        IERC20(asset).forceApprove(spender, amount);
    }

    function _isUndeliverable(uint64 requestId, Filings.Filing memory filing) private view returns (bool) {
        if (!KEEPERS.isDelivered(requestId)) return block.timestamp > filing.executeBy + DELIVERY_PERIOD;
        return filing.arbitrated && DISPUTES.isUpheld(requestId);
    }

    function _escrowed(uint64 requestId) internal view returns (uint256) {
        Filings.Filing storage filing = _filings[requestId];
        return filing.metered ? uint256(filing.price) + _meterings[requestId].bond : filing.price;
    }

    /// @dev The last second in which `filing` can be granted. A pause that began while it was pending adds its length;
    /// the period is so short that there is no second one. Whatever is granted or answered has its time fixed.
    function _executeBy(Filings.Filing memory filing, ICouncil.Pause memory pause) internal view returns (uint48) {
        if (filing.status != Status.Pending) return filing.executeBy;
        uint48 filedAt = filing.executeBy - EXECUTION_PERIOD;
        bool during = pause.begin >= filedAt && pause.begin <= filing.executeBy;
        return during ? filing.executeBy + (pause.until - pause.begin) : filing.executeBy;
    }

    function _stateOf(uint64 requestId, bytes32 termsHash)
        internal
        view
        returns (uint256 proposalId, IGovernor.ProposalState state)
    {
        proposalId = RequestProposals.build(address(this), requestId, termsHash).id();
        state = GOVERNOR.state(proposalId);
    }

    function _requireBuyer(Filings.Filing storage filing) internal view {
        require(msg.sender == filing.buyer, NotBuyer(msg.sender, filing.buyer));
    }

    function _known(uint64 requestId) internal view returns (Filings.Filing storage filing) {
        filing = _filings[requestId];
        require(filing.status != Status.None, RequestUnknown(requestId));
    }

    /// @dev A function of its own, because copying five slots takes much code.
    function _copyOf(uint64 requestId) internal view returns (Filings.Filing memory) {
        return _known(requestId);
    }

    function _pending(uint64 requestId) internal view returns (Filings.Filing storage filing) {
        filing = _known(requestId);
        require(filing.status == Status.Pending, RequestNotPending(requestId, filing.status));
    }
}
