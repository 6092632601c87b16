// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";

/// @title The vote
/// @notice OpenZeppelin's Governor with settings, quorum fraction, late-quorum extension and timelock. Ballots are
/// counted in a bitmap, one bit for each member index; a relayed ballot needs no nonce, the voted bit is its guard:
/// `Ballot(uint256 proposalId,uint8 support,address voter)`, support 0 against, 1 for, 2 abstain.
/// @dev Trust assumptions:
/// - votes count as they were at the proposal's snapshot; the quorum is read once, at the first vote, and kept;
/// - the desk alone may propose below the threshold; members propose from the genesis on;
/// - the vote is extended whenever a late ballot turns a proposal into one that *would pass* (quorum met and more for
///   than against), so that neither early abstentions nor an early majority that was answered leave nobody time to
///   answer the last ballot; each time takes a ballot of its own, and two where somebody turns it to and fro;
/// - the council may cancel what is queued, except a proposal about itself; so that nobody hides a bad call behind one
///   about the council, such a proposal may contain nothing else;
/// - the timelock can never be exchanged: the other contracts obey this one for ever.
interface IDataGovernor is IGovernor {
    /// @notice Durations in seconds, threshold in votes, quorum in percent of all votes at the snapshot.
    struct VotingSettings {
        uint48 votingDelay;
        uint32 votingPeriod;
        uint256 proposalThreshold;
        uint256 quorumNumerator;
        uint48 voteExtension;
    }

    error AlreadyVoted(uint256 proposalId, address voter);
    error NotAMember(address voter);
    error NoVotesAtSnapshot(uint256 proposalId, address voter);
    error TimelockFixed(address timelock);
    error TooManyBallots(uint256 count, uint256 maximum);
    error VotersNotIncreasing(address previous, address voter);
    error BallotGasTooLow(uint256 available, uint256 needed);
    error ProposedBeforeGenesis();
    error CouncilNotAlone(address target);
    error CouncilProtected(uint256 proposalId);
    error ProposalNotQueued(uint256 proposalId, ProposalState state);

    /// @notice A batch went on without this ballot; `reason` is the error of its vote.
    event BallotSkipped(uint256 indexed proposalId, address indexed voter, bytes reason);

    /// @notice A ballot with its voter's signature (EOA or ERC-1271).
    struct SignedBallot {
        address voter;
        uint8 support;
        bytes signature;
    }

    /// @notice Counts up to 250 ballots, in strictly increasing order of voter. One that is refused is skipped and named in
    /// an event with its reason; it may use at most 200,000 gas.
    /// @return counted How many were not skipped.
    function castVotesBySig(uint256 proposalId, SignedBallot[] calldata ballots) external returns (uint256 counted);

    /// @notice Cancels a queued proposal that is not about the council. Only the council.
    function cancelQueued(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        bytes32 descriptionHash
    ) external returns (uint256 proposalId);

    /// @notice Votes against, for and abstaining.
    function proposalVotes(uint256 proposalId)
        external
        view
        returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes);

    /// @notice The quorum of `proposalId`: the kept one after the first vote, the checkpointed one before.
    function proposalQuorum(uint256 proposalId) external view returns (uint256);
}
