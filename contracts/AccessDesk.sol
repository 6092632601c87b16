// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAccessDesk} from "./interfaces/IAccessDesk.sol";
import {IDataRegistry} from "./interfaces/IDataRegistry.sol";
import {IKeeperRegistry} from "./interfaces/IKeeperRegistry.sol";
import {ILicence} from "./interfaces/ILicence.sol";
import {IRevenueVault} from "./interfaces/IRevenueVault.sol";
import {NATIVE, Peers, UnexpectedCaller} from "./interfaces/Peers.sol";
import {Assets} from "./libraries/Assets.sol";
import {Filings} from "./libraries/Filings.sol";
import {RequestProposals} from "./libraries/RequestProposals.sol";
import {TermsRules} from "./libraries/TermsRules.sol";

/// @title The desk: requests, escrow, grants
/// @notice What it promises, and the states of a request, stand in {IAccessDesk}.
contract AccessDesk is IAccessDesk, ReentrancyGuardTransient {
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

    address private immutable TIMELOCK;
    IDataRegistry private immutable REGISTRY;
    IGovernor private immutable GOVERNOR;
    ILicence private immutable LICENCE;
    IRevenueVault private immutable VAULT;
    IKeeperRegistry private immutable KEEPERS;
    uint48 private immutable EXECUTION_PERIOD;
    uint48 private immutable DELIVERY_PERIOD;

    Counters private _counters;
    mapping(uint64 requestId => Filings.Filing) private _filings;
    mapping(address asset => uint128 minimum) private _minimumPrices;

    modifier onlyTimelock() {
        require(msg.sender == TIMELOCK, UnexpectedCaller(msg.sender, TIMELOCK));
        _;
    }

    constructor(Peers memory peers, Asset[] memory assets, uint128 fee, uint48 execution, uint48 delivery) {
        TIMELOCK = peers.timelock;
        REGISTRY = IDataRegistry(peers.registry);
        GOVERNOR = IGovernor(peers.governor);
        LICENCE = ILicence(peers.licence);
        VAULT = IRevenueVault(peers.vault);
        KEEPERS = IKeeperRegistry(peers.keepers);
        EXECUTION_PERIOD = TermsRules.checkedPeriod(execution);
        DELIVERY_PERIOD = TermsRules.checkedPeriod(delivery);
        _setFilingFee(fee);
        for (uint256 i = 0; i < assets.length; ++i) {
            _setAsset(assets[i].asset, assets[i].minimumPrice);
        }
    }

    // --- buyers ---

    /// @inheritdoc IAccessDesk
    function request(Terms calldata terms)
        external
        payable
        nonReentrant
        returns (uint64 requestId, uint256 proposalId)
    {
        _checkTerms(terms);
        uint48 executeBy = uint48(block.timestamp) + EXECUTION_PERIOD;
        uint48 deliverBy = executeBy + DELIVERY_PERIOD;
        requestId = ++_counters.requests;
        _filings[requestId] = Filings.fromTerms(terms, msg.sender, executeBy, deliverBy);
        _takeMoney(terms.asset, terms.price);

        RequestProposals.Proposal memory p = RequestProposals.build(address(this), requestId, terms.termsHash);
        proposalId = GOVERNOR.propose(p.targets, p.values, p.calldatas, p.description);
        emit Requested(requestId, msg.sender, proposalId, terms, executeBy, deliverBy);
    }

    /// @inheritdoc IAccessDesk
    function cancel(uint64 requestId) external nonReentrant {
        Filings.Filing storage filing = _pending(requestId);
        (address buyer, address asset, uint128 price) = (filing.buyer, filing.asset, filing.price);
        require(msg.sender == buyer, NotBuyer(msg.sender, buyer));
        RequestProposals.Proposal memory p = RequestProposals.build(address(this), requestId, filing.termsHash);
        require(GOVERNOR.state(p.id()) == IGovernor.ProposalState.Pending, VoteHasBegun(requestId));

        filing.status = Status.Cancelled;
        emit Cancelled(requestId, asset, price);
        GOVERNOR.cancel(p.targets, p.values, p.calldatas, keccak256(bytes(p.description)));
        _send(asset, buyer, price);
    }

    /// @inheritdoc IAccessDesk
    function refund(uint64 requestId) external nonReentrant {
        _refund(requestId, _known(requestId).buyer);
    }

    /// @inheritdoc IAccessDesk
    function refundTo(uint64 requestId, address to) external nonReentrant {
        address buyer = _known(requestId).buyer;
        require(msg.sender == buyer, NotBuyer(msg.sender, buyer));
        _refund(requestId, to);
    }

    // --- anyone ---

    /// @inheritdoc IAccessDesk
    function settle(uint64 requestId) external nonReentrant {
        Filings.Filing storage filing = _known(requestId);
        require(filing.status == Status.Granted, RequestNotGranted(requestId, filing.status));
        require(KEEPERS.isDelivered(requestId), NotDelivered(requestId));
        (address asset, uint128 price) = (filing.asset, filing.price);
        uint40 editionId = LICENCE.licenceOf(requestId).editionId;

        filing.status = Status.Settled;
        emit Settled(requestId, editionId, asset, price);
        if (asset != NATIVE) IERC20(asset).forceApprove(address(VAULT), price);
        bytes32 purpose = keccak256(abi.encode(requestId));
        VAULT.deposit{value: asset == NATIVE ? price : 0}(editionId, asset, price, purpose);
    }

    /// @inheritdoc IAccessDesk
    function sweepFees() external nonReentrant {
        uint256 amount = _counters.fees;
        require(amount != 0, NoFees());
        _counters.fees = 0;
        emit FeesSwept(amount);
        _send(NATIVE, TIMELOCK, amount);
    }

    // --- the DAO ---

    /// @inheritdoc IAccessDesk
    function approve(uint64 requestId) external onlyTimelock {
        Filings.Filing memory filing = _pending(requestId);
        require(block.timestamp <= filing.executeBy, TooLateToExecute(requestId, filing.executeBy, block.timestamp));
        _requirePassed(requestId, filing.termsHash);
        uint40 editionId = _grantableEdition(filing);

        _filings[requestId].status = Status.Granted;
        emit Granted(requestId, editionId);
        ILicence.Grant memory grant = filing.toGrant(editionId, uint48(block.timestamp));
        LICENCE.issue(requestId, grant, filing.termsHash, filing.releaseKey);
        KEEPERS.open(requestId, editionId, keccak256(abi.encode(filing.releaseKey)), filing.deliverBy);
    }

    /// @inheritdoc IAccessDesk
    function setAsset(address asset, uint128 minimumPrice) external onlyTimelock {
        _setAsset(asset, minimumPrice);
    }

    /// @inheritdoc IAccessDesk
    function setFilingFee(uint128 fee) external onlyTimelock {
        _setFilingFee(fee);
    }

    // --- views ---

    /// @inheritdoc IAccessDesk
    function requestOf(uint64 requestId) external view returns (Request memory) {
        Filings.Filing memory filing = _known(requestId);
        return filing.toRequest();
    }

    /// @inheritdoc IAccessDesk
    function proposalOf(uint64 requestId)
        external
        view
        returns (uint256, address[] memory, uint256[] memory, bytes[] memory, string memory)
    {
        RequestProposals.Proposal memory p =
            RequestProposals.build(address(this), requestId, _known(requestId).termsHash);
        return (p.id(), p.targets, p.values, p.calldatas, p.description);
    }

    /// @inheritdoc IAccessDesk
    function isRefundable(uint64 requestId) public view returns (bool) {
        Filings.Filing storage filing = _known(requestId);
        if (filing.status == Status.Granted) {
            return block.timestamp > filing.deliverBy && !KEEPERS.isDelivered(requestId);
        }
        if (filing.status != Status.Pending) return false;
        if (block.timestamp > filing.executeBy) return true;
        (, IGovernor.ProposalState state) = _stateOf(requestId, filing.termsHash);
        return state == IGovernor.ProposalState.Defeated || state == IGovernor.ProposalState.Canceled
            || state == IGovernor.ProposalState.Expired;
    }

    /// @inheritdoc IAccessDesk
    function requestCount() external view returns (uint64) {
        return _counters.requests;
    }

    /// @inheritdoc IAccessDesk
    function minimumPriceOf(address asset) external view returns (uint128) {
        return _minimumPrices[asset];
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

    function _checkTerms(Terms calldata terms) private view {
        require(terms.collection < REGISTRY.collectionCount(), CollectionUnavailable(terms.collection));
        TermsRules.check(terms, REGISTRY.purposesOf(terms.collection), _minimumPrices[terms.asset]);
    }

    function _takeMoney(address asset, uint128 price) private {
        uint96 fee = _counters.filingFee;
        uint256 expected = asset == NATIVE ? uint256(fee) + price : fee;
        require(msg.value == expected, ValueMismatch(msg.value, expected));
        _counters.fees += fee;
        if (asset == NATIVE) return;
        uint256 received = asset.pull(msg.sender, price);
        require(received == price, AmountMismatch(received, price));
    }

    function _refund(uint64 requestId, address to) private {
        Filings.Filing storage filing = _filings[requestId];
        (Status status, address asset, uint128 price) = (filing.status, filing.asset, filing.price);
        require(isRefundable(requestId), NotRefundable(requestId, status));

        filing.status = Status.Refunded;
        emit Refunded(requestId, to, asset, price);
        if (status == Status.Granted) LICENCE.annul(requestId);
        _send(asset, to, price);
    }

    function _send(address asset, address to, uint256 amount) private {
        require(to != address(0) && asset.trySend(to, amount), TransferFailed(to, amount));
    }

    /// @dev Executed when through the governor. Queued while somebody executes at the timelock itself; another proposal
    /// that calls {approve} finds the same state, and must not cut short the delay of the request's own.
    function _requirePassed(uint64 requestId, bytes32 termsHash) private view {
        (uint256 proposalId, IGovernor.ProposalState state) = _stateOf(requestId, termsHash);
        bool due = state == IGovernor.ProposalState.Queued && block.timestamp >= GOVERNOR.proposalEta(proposalId);
        require(due || state == IGovernor.ProposalState.Executed, ProposalNotPassed(requestId, proposalId));
    }

    /// @dev An edition without units could never be paid for: the vault would refuse the price.
    function _grantableEdition(Filings.Filing memory filing) private view returns (uint40 editionId) {
        editionId = REGISTRY.newestEdition(filing.collection);
        require(editionId != 0, EditionMissing(filing.collection));
        require(editionId >= filing.minEdition, EditionTooOld(editionId, filing.minEdition));
        uint56 units = REGISTRY.editionOf(editionId).totalUnits;
        uint56 least = filing.minUnits == 0 ? 1 : filing.minUnits;
        require(units >= least, EditionTooSmall(editionId, units, least));
        require(KEEPERS.editionRoot(editionId) != bytes32(0), EditionNotAttested(editionId));
    }

    function _stateOf(uint64 requestId, bytes32 termsHash)
        private
        view
        returns (uint256 proposalId, IGovernor.ProposalState state)
    {
        proposalId = RequestProposals.build(address(this), requestId, termsHash).id();
        state = GOVERNOR.state(proposalId);
    }

    function _setAsset(address asset, uint128 minimumPrice) private {
        _minimumPrices[asset] = minimumPrice;
        emit AssetChanged(asset, minimumPrice);
    }

    function _setFilingFee(uint128 fee) private {
        _counters.filingFee = SafeCast.toUint96(fee);
        emit FilingFeeChanged(fee);
    }

    function _known(uint64 requestId) private view returns (Filings.Filing storage filing) {
        filing = _filings[requestId];
        require(filing.status != Status.None, RequestUnknown(requestId));
    }

    function _pending(uint64 requestId) private view returns (Filings.Filing storage filing) {
        filing = _known(requestId);
        require(filing.status == Status.Pending, RequestNotPending(requestId, filing.status));
    }
}
