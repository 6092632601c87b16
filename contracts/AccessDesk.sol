// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Escrow} from "./Escrow.sol";
import {IAccessDesk} from "./interfaces/IAccessDesk.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {IDataRegistry} from "./interfaces/IDataRegistry.sol";
import {IDataStrike} from "./interfaces/IDataStrike.sol";
import {Peers, UnexpectedCaller} from "./interfaces/Peers.sol";
import {Filings} from "./libraries/Filings.sol";
import {RequestProposals} from "./libraries/RequestProposals.sol";
import {TermsRules} from "./libraries/TermsRules.sol";

/// @title The desk: requests, counter-offers, grants
/// @notice What it promises, and the states of a request, stand in {IAccessDesk}; the money is {Escrow}'s.
contract AccessDesk is Escrow {
    using Filings for Filings.Filing;
    using RequestProposals for RequestProposals.Proposal;

    IDataRegistry private immutable REGISTRY;
    IDataStrike private immutable STRIKE;
    address private immutable OFFERS;

    mapping(address asset => uint128 minimum) private _minimumPrices;
    mapping(uint64 requestId => Counter) private _answers;

    modifier onlyTimelock() {
        require(msg.sender == TIMELOCK, UnexpectedCaller(msg.sender, TIMELOCK));
        _;
    }

    constructor(Peers memory peers, Asset[] memory assets, uint128 fee, uint48 execution, uint48 delivery)
        Escrow(peers, execution, delivery)
    {
        REGISTRY = IDataRegistry(peers.registry);
        STRIKE = IDataStrike(peers.strike);
        OFFERS = peers.offers;
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
        uint48 executeBy = uint48(block.timestamp) + EXECUTION_PERIOD;
        requestId = _file(terms, Filings.fromTerms(terms, msg.sender, executeBy), _counters.filingFee);
        RequestProposals.Proposal memory p = RequestProposals.build(address(this), requestId, terms.termsHash);
        proposalId = GOVERNOR.propose(p.targets, p.values, p.calldatas, p.description);
        emit Requested(requestId, msg.sender, proposalId, terms, executeBy, executeBy + DELIVERY_PERIOD);
    }

    /// @inheritdoc IAccessDesk
    function cancel(uint64 requestId) external nonReentrant {
        Filings.Filing storage filing = _pending(requestId);
        _requireBuyer(filing);
        RequestProposals.Proposal memory p = RequestProposals.build(address(this), requestId, filing.termsHash);
        require(GOVERNOR.state(p.id()) == IGovernor.ProposalState.Pending, VoteHasBegun(requestId));
        (address asset, uint256 amount) = (filing.asset, _escrowed(requestId));

        filing.status = Status.Cancelled;
        emit Cancelled(requestId, asset, amount);
        GOVERNOR.cancel(p.targets, p.values, p.calldatas, keccak256(bytes(p.description)));
        _send(asset, msg.sender, amount);
    }

    /// @inheritdoc IAccessDesk
    function acceptCounter(uint64 requestId) external payable nonReentrant {
        Filings.Filing memory filing = _copyOf(requestId);
        require(msg.sender == filing.buyer, NotBuyer(msg.sender, filing.buyer));
        require(filing.status == Status.Countered, NotCountered(requestId, filing.status));
        _requireOver(COUNCIL.lastPause());
        uint40 acceptBy = filing.acceptBy;
        require(block.timestamp <= acceptBy, AnswerTooLate(requestId, acceptBy, block.timestamp));
        uint256 held = _escrowed(requestId);

        _applyAnswer(requestId, filing);
        emit CounterAccepted(requestId, filing.executeBy + DELIVERY_PERIOD);
        uint256 needed = _escrowed(requestId);
        _take(filing.asset, msg.sender, needed > held ? needed - held : 0, 0);
        _grant(requestId, filing);
        if (held > needed) _send(filing.asset, msg.sender, held - needed);
    }

    /// @inheritdoc IAccessDesk
    function grantOffer(address buyer, Terms calldata terms) external payable nonReentrant returns (uint64 requestId) {
        require(msg.sender == OFFERS, UnexpectedCaller(msg.sender, OFFERS));
        uint48 executeBy = uint48(block.timestamp);
        Filings.Filing memory filing = Filings.fromTerms(terms, buyer, executeBy);
        requestId = _file(terms, filing, 0);
        emit Requested(requestId, buyer, 0, terms, executeBy, executeBy + DELIVERY_PERIOD);
        _grant(requestId, filing);
    }

    // --- the DAO ---

    /// @inheritdoc IAccessDesk
    function approve(uint64 requestId) external onlyTimelock {
        Filings.Filing memory filing = _timely(requestId);
        _requirePassed(requestId, filing.termsHash);
        _grant(requestId, filing);
    }

    /// @inheritdoc IAccessDesk
    function counter(uint64 requestId, bytes32 answered, Counter calldata terms) external onlyTimelock {
        Filings.Filing memory filing = _timely(requestId);
        bytes32 filed = digestOf(requestId);
        require(answered == filed, AnswersOtherTerms(requestId, answered, filed));
        uint40 period = terms.answerPeriod;
        bool bounded = period >= TermsRules.MIN_PERIOD && period <= TermsRules.MAX_EXECUTION_PERIOD;
        require(bounded, AnswerPeriodOutOfBounds(period));
        filing.answer(terms);
        _check(filing, terms.arbiter, terms.metering);

        uint40 acceptBy = uint40(block.timestamp) + period;
        (_filings[requestId].status, _filings[requestId].acceptBy) = (Status.Countered, acceptBy);
        _answers[requestId] = terms;
        emit CounterOffered(requestId, terms, acceptBy);
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
    function digestOf(uint64 requestId) public view returns (bytes32) {
        return keccak256(abi.encode(requestOf(requestId).terms));
    }

    /// @inheritdoc IAccessDesk
    function counterOf(uint64 requestId) external view returns (Counter memory terms, uint48 acceptBy) {
        return (_answers[requestId], _known(requestId).acceptBy);
    }

    /// @inheritdoc IAccessDesk
    function minimumPriceOf(address asset) external view returns (uint128) {
        return _minimumPrices[asset];
    }

    // --- internal ---

    /// @dev Checks and stores a new request under the next number, and takes its money.
    function _file(Terms calldata terms, Filings.Filing memory filing, uint96 fee) private returns (uint64 requestId) {
        _check(filing, terms.arbiter, terms.metering);
        requestId = ++_counters.requests;
        _filings[requestId] = filing;
        _storeExtras(requestId, filing, terms.arbiter, terms.metering);
        _take(terms.asset, filing.buyer, uint256(terms.price) + terms.metering.bond, fee);
    }

    function _storeExtras(uint64 requestId, Filings.Filing memory filing, address arbiter, Metering memory metering)
        private
    {
        if (filing.arbitrated) _arbiters[requestId] = arbiter;
        if (filing.metered) _meterings[requestId] = metering;
    }

    /// @dev Puts the counter-offer's terms in the place of the buyer's. The request's own proposal can be found no more,
    /// and nothing asks for it: only a pending request is granted by a vote.
    function _applyAnswer(uint64 requestId, Filings.Filing memory filing) private {
        Counter memory terms = _answers[requestId];
        filing.answer(terms);
        filing.executeBy = uint48(block.timestamp);
        _filings[requestId] = filing;
        (_arbiters[requestId], _meterings[requestId]) = (terms.arbiter, terms.metering);
    }

    /// @dev The one way to a licence, on the newest edition. That no pause is on its callers have seen.
    function _grant(uint64 requestId, Filings.Filing memory filing) private {
        _requireNoStrike();
        uint40 editionId = _grantableEdition(filing);
        (_filings[requestId].status, _filings[requestId].executeBy) = (Status.Granted, filing.executeBy);
        emit Granted(requestId, editionId);
        LICENCE.issue(
            requestId,
            filing.toGrant(editionId, uint48(block.timestamp)),
            filing.termsHash,
            filing.releaseKey,
            filing.executeBy + DELIVERY_PERIOD
        );
    }

    function _requireOver(ICouncil.Pause memory pause) private view {
        require(block.timestamp >= pause.until, GrantingPaused(pause.until));
    }

    function _requireNoStrike() private view {
        uint48 strikeUntil = STRIKE.onUntil();
        require(block.timestamp >= strikeUntil, StrikeIsOn(strikeUntil));
    }

    function _check(Filings.Filing memory filing, address arbiter, Metering memory metering) private view {
        TermsRules.check(filing, REGISTRY.openPurposes(filing.collection), _minimumPrices[filing.asset]);
        require(arbiter == address(0) || arbiter != filing.buyer, ArbiterIsBuyer(filing.buyer));
        TermsRules.checkMetering(metering);
    }

    /// @dev A pending request whose time has not passed, outside a pause; its executeBy is the one that a pause has moved.
    function _timely(uint64 requestId) private view returns (Filings.Filing memory filing) {
        filing = _copyOf(requestId);
        require(filing.status == Status.Pending, RequestNotPending(requestId, filing.status));
        ICouncil.Pause memory pause = COUNCIL.lastPause();
        _requireOver(pause);
        filing.executeBy = _executeBy(filing, pause);
        bool timely = block.timestamp <= filing.executeBy;
        require(timely, TooLateToExecute(requestId, filing.executeBy, block.timestamp));
    }

    /// @dev Executed when through the governor. Queued while somebody executes at the timelock itself; another proposal
    /// that calls {approve} finds the same state, and must not cut short the delay of the request's own.
    function _requirePassed(uint64 requestId, bytes32 termsHash) private view {
        (uint256 proposalId, IGovernor.ProposalState state) = _stateOf(requestId, termsHash);
        bool due = state == IGovernor.ProposalState.Queued && block.timestamp >= GOVERNOR.proposalEta(proposalId);
        require(due || state == IGovernor.ProposalState.Executed, ProposalNotPassed(requestId, proposalId));
    }

    /// @dev An edition without units could never be paid for: the vault would refuse the price. Whether it is attested
    /// the keeper registry asks when the delivery is opened.
    function _grantableEdition(Filings.Filing memory filing) private view returns (uint40 editionId) {
        uint56 units;
        (editionId, units) = REGISTRY.newestSealed(filing.collection);
        require(editionId != 0, EditionMissing(filing.collection));
        require(editionId >= filing.minEdition, EditionTooOld(editionId, filing.minEdition));
        uint56 least = filing.minUnits == 0 ? 1 : filing.minUnits;
        require(units >= least, EditionTooSmall(editionId, units, least));
    }

    function _setAsset(address asset, uint128 minimumPrice) private {
        _minimumPrices[asset] = minimumPrice;
        emit AssetChanged(asset, minimumPrice);
    }

    function _setFilingFee(uint128 fee) private {
        _counters.filingFee = SafeCast.toUint96(fee);
        emit FilingFeeChanged(fee);
    }
}
