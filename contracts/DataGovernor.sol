// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {GovernorParts} from "./GovernorParts.sol";
import {IContributionToken} from "./interfaces/IContributionToken.sol";
import {IDataGovernor} from "./interfaces/IDataGovernor.sol";
import {IDataRegistry} from "./interfaces/IDataRegistry.sol";
import {Peers, UnexpectedCaller} from "./interfaces/Peers.sol";

/// @title The vote
/// @notice What it promises stands in {IDataGovernor}.
contract DataGovernor is GovernorParts {
    using BitMaps for BitMaps.BitMap;
    using SafeCast for uint256;

    /// One slot: three collections of 56-bit units stay below 2^58 votes.
    struct Tally {
        uint64 againstVotes;
        uint64 forVotes;
        uint64 abstainVotes;
        uint64 quorum;
    }

    bytes32 private constant BALLOT = keccak256("Ballot(uint256 proposalId,uint8 support,address voter)");
    uint8 private constant AGAINST = 0;
    uint8 private constant FOR = 1;
    uint8 private constant ABSTAIN = 2;

    /// So many fit the 2^24 gas of one transaction (EIP-7825) even where every voter is a contract wallet.
    uint256 private constant MAX_BALLOTS = 250;
    /// What one ballot of a batch may use up, a contract wallet's check of its signature included.
    uint256 private constant BALLOT_GAS = 200_000;
    /// What a batch needs beside it to go on: the rest of the caller's 64th part, and the event of a refusal.
    uint256 private constant SKIP_GAS = 20_000;

    address private immutable DESK;
    address private immutable COUNCIL;
    IDataRegistry private immutable REGISTRY;

    mapping(uint256 proposalId => Tally) private _tallies;
    mapping(uint256 proposalId => BitMaps.BitMap) private _voted;
    /// Zero where no ballot came late.
    mapping(uint256 proposalId => uint48) private _extendedDeadlines;

    constructor(Peers memory peers, VotingSettings memory settings) GovernorParts(peers, settings) {
        DESK = peers.desk;
        COUNCIL = peers.council;
        REGISTRY = IDataRegistry(peers.registry);
    }

    // --- proposing ---

    /// @inheritdoc IGovernor
    /// @dev The desk needs no votes: an escrowed price and a filing fee stand behind what it files. Members propose nothing
    /// before the genesis: the first of them alone would have every vote, and could keep the DAO for itself.
    function propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description
    ) public override(Governor, IGovernor) returns (uint256) {
        _requireCouncilAlone(targets);
        if (_msgSender() != DESK) {
            require(REGISTRY.isBegun(), ProposedBeforeGenesis());
            return super.propose(targets, values, calldatas, description);
        }
        return _propose(targets, values, calldatas, description, DESK);
    }

    /// @inheritdoc IDataGovernor
    function cancelQueued(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        bytes32 descriptionHash
    ) external returns (uint256 proposalId) {
        require(_msgSender() == COUNCIL, UnexpectedCaller(_msgSender(), COUNCIL));
        proposalId = getProposalId(targets, values, calldatas, descriptionHash);
        ProposalState current = state(proposalId);
        require(current == ProposalState.Queued, ProposalNotQueued(proposalId, current));
        require(targets[0] != COUNCIL, CouncilProtected(proposalId));
        _cancel(targets, values, calldatas, descriptionHash);
    }

    /// @inheritdoc IDataGovernor
    /// @dev Each ballot is a call to itself, so that a wallet that burns its gas or a ballot that is refused leaves the
    /// others alone. With less gas than it may use the caller could make a good one fail, so that is refused.
    function castVotesBySig(uint256 proposalId, SignedBallot[] calldata ballots) external returns (uint256 counted) {
        require(ballots.length <= MAX_BALLOTS, TooManyBallots(ballots.length, MAX_BALLOTS));
        address previous = address(0);
        uint256 needed = (BALLOT_GAS * 64) / 63 + SKIP_GAS;
        for (uint256 i = 0; i < ballots.length; ++i) {
            SignedBallot calldata ballot = ballots[i];
            require(ballot.voter > previous, VotersNotIncreasing(previous, ballot.voter));
            previous = ballot.voter;
            require(gasleft() >= needed, BallotGasTooLow(gasleft(), needed));
            try this.castVoteBySig{gas: BALLOT_GAS}(proposalId, ballot.support, ballot.voter, ballot.signature) {
                ++counted;
            } catch (bytes memory reason) {
                emit BallotSkipped(proposalId, ballot.voter, reason);
            }
        }
    }

    // --- views ---

    /// @inheritdoc IDataGovernor
    function proposalVotes(uint256 proposalId)
        external
        view
        returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes)
    {
        Tally storage tally = _tallies[proposalId];
        return (tally.againstVotes, tally.forVotes, tally.abstainVotes);
    }

    /// @inheritdoc IGovernor
    function proposalDeadline(uint256 proposalId) public view override returns (uint256) {
        return Math.max(super.proposalDeadline(proposalId), _extendedDeadlines[proposalId]);
    }

    /// @inheritdoc IDataGovernor
    function proposalQuorum(uint256 proposalId) external view returns (uint256) {
        Tally memory tally = _tallies[proposalId];
        return _isUntouched(tally) ? quorum(proposalSnapshot(proposalId)) : tally.quorum;
    }

    /// @inheritdoc IGovernor
    function hasVoted(uint256 proposalId, address account) external view returns (bool) {
        return _voted[proposalId].get(_token().memberIndex(account));
    }

    /// @inheritdoc IGovernor
    // solhint-disable-next-line func-name-mixedcase
    function COUNTING_MODE() external pure returns (string memory) {
        return "support=bravo&quorum=for,abstain";
    }

    // --- counting ---

    /// @dev No nonce: the voted bit lets each ballot in once.
    function _validateVoteSig(uint256 proposalId, uint8 support, address voter, bytes memory signature)
        internal
        view
        override
        returns (bool)
    {
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(BALLOT, proposalId, support, voter)));
        return SignatureChecker.isValidSignatureNow(voter, digest, signature);
    }

    function _countVote(uint256 proposalId, address account, uint8 support, uint256 totalWeight, bytes memory params)
        internal
        override
        returns (uint256)
    {
        require(params.length == 0, GovernorInvalidVoteParams());
        uint40 index = _token().memberIndex(account);
        require(index != 0, NotAMember(account));
        require(totalWeight != 0, NoVotesAtSnapshot(proposalId, account));
        require(!_voted[proposalId].get(index), AlreadyVoted(proposalId, account));

        _voted[proposalId].set(index);
        Tally memory tally = _tallies[proposalId];
        if (_isUntouched(tally)) tally.quorum = quorum(proposalSnapshot(proposalId)).toUint64();
        bool passed = _passes(tally);
        _add(tally, support, totalWeight.toUint64());
        _tallies[proposalId] = tally;
        if (!passed && _passes(tally)) _extend(proposalId);
        return totalWeight;
    }

    /// @dev Every time: OpenZeppelin's extension is used up by the first ballot with which a proposal would pass, and an
    /// early one that is answered would leave the last one without an answer.
    function _extend(uint256 proposalId) private {
        uint48 extended = clock() + lateQuorumVoteExtension();
        if (extended <= proposalDeadline(proposalId)) return;
        _extendedDeadlines[proposalId] = extended;
        emit ProposalExtended(proposalId, extended);
    }

    function _add(Tally memory tally, uint8 support, uint64 weight) private pure {
        if (support == AGAINST) tally.againstVotes += weight;
        else if (support == FOR) tally.forVotes += weight;
        else if (support == ABSTAIN) tally.abstainVotes += weight;
        else revert GovernorInvalidVoteType();
    }

    /// @dev Met only while the proposal would also pass: see the interface about late ballots.
    function _quorumReached(uint256 proposalId) internal view override returns (bool) {
        return _passes(_tallies[proposalId]);
    }

    function _voteSucceeded(uint256 proposalId) internal view override returns (bool) {
        Tally memory tally = _tallies[proposalId];
        return tally.forVotes > tally.againstVotes;
    }

    function _passes(Tally memory tally) private pure returns (bool) {
        return tally.forVotes > tally.againstVotes && tally.quorum <= tally.forVotes + tally.abstainVotes;
    }

    /// @dev Ballots without weight are refused, so every vote leaves its mark.
    function _isUntouched(Tally memory tally) private pure returns (bool) {
        return tally.againstVotes + tally.forVotes + tally.abstainVotes == 0;
    }

    function _requireCouncilAlone(address[] memory targets) private view {
        if (targets.length == 0) return;
        bool about = targets[0] == COUNCIL;
        for (uint256 i = 1; i < targets.length; ++i) {
            require((targets[i] == COUNCIL) == about, CouncilNotAlone(targets[i]));
        }
    }

    function _token() private view returns (IContributionToken) {
        return IContributionToken(address(token()));
    }
}
