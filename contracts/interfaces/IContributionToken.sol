// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";

/// @title Units: what members hold for what they contributed
/// @notice An ERC-20 to read, never transferable, counted per member and collection, with ERC-5805 votes by timestamp.
/// Own units vote without any delegate call; a member may delegate to another account, `delegate(address(0))` and
/// `delegate(self)` both mean self.
/// @dev Trust: the registry alone mints and burns. Money follows past units ({pastUnits}), never votes.
/// DelegateVotesChanged reports votes that a delegation moved, or that moved through one. Where a member votes for
/// itself, Transfer alone reports what a mint or a burn did to its votes: the second event would add 1,700 gas to every
/// registration.
interface IContributionToken is IERC20Metadata, IERC5805 {
    /// @notice Units cannot be transferred or approved.
    error NotTransferable();

    /// @notice There are at most three collections.
    error UnknownCollection(uint8 collection);

    /// @notice What is held cannot grow by `units` (56 bits hold it), or fall by them (there are fewer).
    error UnitsOutOfBounds(uint56 held, uint56 units);

    /// @notice A look-up at or after the current timestamp could still change.
    error FutureLookup(uint256 timepoint, uint48 clock);

    /// @notice A member got its index, the position of its bit in every vote.
    event MemberAdded(address indexed member, uint40 index);

    /// @notice Mints `units` to `member` for a contribution to `collection`. Only the registry.
    function mint(address member, uint8 collection, uint56 units) external;

    /// @notice Burns `units` of `member` in `collection`. Only the registry.
    function burn(address member, uint8 collection, uint56 units) external;

    /// @notice Current units of `member` in `collection`.
    function unitsOf(address member, uint8 collection) external view returns (uint56);

    /// @notice Current units of everybody in `collection`.
    function totalUnits(uint8 collection) external view returns (uint56);

    /// @notice Units of `member` in `collection` at the end of `timepoint`, which must be in the past.
    function pastUnits(address member, uint8 collection, uint256 timepoint) external view returns (uint56);

    /// @notice Units of everybody in `collection` at the end of `timepoint`, which must be in the past.
    function pastTotalUnits(uint8 collection, uint256 timepoint) external view returns (uint56);

    /// @notice Index of `member`, counted from 1 and never reused; 0 for somebody who never held or received units or
    /// votes.
    function memberIndex(address member) external view returns (uint40);

    /// @notice How many indexes were given out.
    function memberCount() external view returns (uint40);
}
