// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";

/// @title The vote
/// @notice OpenZeppelin's Governor with settings, quorum fraction, late-quorum extension and timelock. Ballots are
/// counted in a bitmap, one bit for each member index; a relayed ballot needs no nonce, the voted bit is its guard.
/// @dev Trust assumptions:
/// - votes count as they were at the proposal's snapshot; the quorum is read once, at the first vote, and kept;
/// - the desk alone may propose below the threshold.
interface IDataGovernor is IGovernor {
    error AlreadyVoted(uint256 proposalId, address voter);
    error NotAMember(address voter);
    error NoVotesAtSnapshot(uint256 proposalId, address voter);

    /// @notice Votes against, for and abstaining.
    function proposalVotes(uint256 proposalId)
        external
        view
        returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes);

    /// @notice The quorum of `proposalId`: the kept one after the first vote, the checkpointed one before.
    function proposalQuorum(uint256 proposalId) external view returns (uint256);
}
