// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";
import {IUniqueness} from "./IUniqueness.sol";

/// @title Units: what members hold for what they contributed
/// @notice An ERC-20 to read, never transferable, counted per member and collection, with ERC-5805 votes by timestamp.
/// Own units vote without any delegate call; a member may delegate to another account, `delegate(address(0))` and
/// `delegate(self)` both mean self.
/// How many votes a member's units give is fixed at creation ({VotingMode}); money follows past units in every mode
/// ({pastUnits}), never votes.
/// @dev Trust assumptions:
/// - the minter alone mints and burns: the registry, until a vote has moved the right, which takes {MINTER_DELAY};
/// - in the modes that do not count units, a member needs a one-time attestation that it is one person ({IUniqueness}),
///   or one person with a hundred wallets would have a hundred votes.
/// DelegateVotesChanged reports votes that a delegation moved, or that moved through one. Where a member votes for
/// itself, Transfer alone reports what a mint or a burn did to its votes: the second event would add 1,700 gas to every
/// registration.
interface IContributionToken is IERC20Metadata, IERC5805, IUniqueness {
    /// @notice Votes of a member that holds `units` over all collections.
    enum VotingMode {
        /// units
        PerUnit,
        /// one, if it holds any unit
        PerMember,
        /// the square root of units, rounded down
        SquareRoot
    }

    /// @notice Units cannot be transferred or approved.
    error NotTransferable();

    /// @notice There are at most three collections.
    error UnknownCollection(uint8 collection);

    /// @notice What is held cannot grow by `units` (48 bits hold it), or fall by them (there are fewer).
    error UnitsOutOfBounds(uint56 held, uint56 units);

    /// @notice A look-up at or after the current timestamp could still change.
    error FutureLookup(uint256 timepoint, uint48 clock);

    /// @notice Units minted under `tenure` ended when the member left; it is in its tenure `current` now.
    error TenureOver(address member, uint8 tenure, uint8 current);

    /// @notice The member holds no unit.
    error NothingHeld(address member);

    /// @notice A member can leave all at once 63 times; after that it withdraws one contribution after the other.
    error TooManyDepartures(address member);

    error MinterNotNominated();
    error MinterTooEarly(uint48 earliest, uint256 timestamp);

    /// @notice A member got its index, the position of its bit in every vote.
    event MemberAdded(address indexed member, uint40 index);

    /// @notice From `earliest` on `minter` can take the right to mint and burn; zero takes a nomination back.
    event MinterNominated(address indexed minter, uint48 earliest);
    event MinterChanged(address indexed minter);

    /// @notice Mints `units` to `member` for a contribution to `collection`. Only the minter.
    /// @return tenure How often the member has left before (see {burnAll}).
    function mint(address member, uint8 collection, uint56 units) external returns (uint8 tenure);

    /// @notice Burns `units` of `member` in `collection` that were minted under `tenure`. Only the minter.
    function burn(address member, uint8 collection, uint56 units, uint8 tenure) external;

    /// @notice Burns all units of `member` and begins its next tenure, at the same cost for any number of contributions.
    /// Only the minter.
    /// @return units Burnt in each of the three collections.
    /// @return tenure The one that ended.
    function burnAll(address member) external returns (uint56[3] memory units, uint8 tenure);

    /// @notice Begins the delay after which `minter` may {takeMinter}. Only the timelock.
    function nominateMinter(address minter) external;

    /// @notice Takes the right to mint and burn. Only the nominated minter, once the delay has passed.
    function takeMinter() external;

    /// @notice The account that mints and burns.
    function minter() external view returns (address);

    /// @notice Seconds between a nomination and the change: 30 days, in which members can leave.
    function MINTER_DELAY() external view returns (uint48);

    function votingMode() external view returns (VotingMode);

    /// @notice Current units of `member` in `collection`.
    function unitsOf(address member, uint8 collection) external view returns (uint56);

    /// @notice Current units of everybody in `collection`.
    function totalUnits(uint8 collection) external view returns (uint56);

    /// @notice Units of `member` in `collection` at the end of `timepoint`, which must be in the past.
    function pastUnits(address member, uint8 collection, uint256 timepoint) external view returns (uint56);

    /// @notice Units of everybody in `collection` at the end of `timepoint`, which must be in the past.
    function pastTotalUnits(uint8 collection, uint256 timepoint) external view returns (uint56);

    /// @notice Units of `member` in all collections at the end of `timepoint`, which must be in the past.
    function pastBalance(address member, uint256 timepoint) external view returns (uint256);

    /// @notice Units of everybody in all collections at the end of `timepoint`, which must be in the past.
    function pastSupply(uint256 timepoint) external view returns (uint256);

    /// @notice Index of `member`, counted from 1 and never reused; 0 for somebody who never held or received units or
    /// votes.
    function memberIndex(address member) external view returns (uint40);

    /// @notice How many indexes were given out.
    function memberCount() external view returns (uint40);

    /// @notice How often `member` left with all it had.
    function tenureOf(address member) external view returns (uint8);
}
