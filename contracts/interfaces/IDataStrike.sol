// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title The strike: members together refuse new licences
/// @notice An assurance contract: a pledge means "if enough of us do".
///
///      idle ──call──► pledging ──threshold reached──► on ──its time passes──► cooldown (as long) ──► idle
///                        └──── deadline passes ────────────────────────────────────────────────────► idle
///
/// While a strike is on the desk grants nothing: no approval, no offer, no counter-offer. Requests may be filed and voted
/// on, licences of before stay as they are, and receipts, settlement, refunds, withdrawals and claims go on.
/// @dev Trust: nobody strikes alone unless it holds the threshold by itself, nobody strikes for ever. Pledges count own
/// units (never delegated votes) as they were one second before the call, so what is minted afterwards adds nothing.
interface IDataStrike {
    /// @notice How strikes work in this DAO, fixed at creation.
    struct Settings {
        /// basis points of all units, at least 2,500
        uint16 thresholdBps;
        /// seconds from the call to the last pledge
        uint40 pledgePeriod;
        /// seconds that a strike lasts, and its cooldown after it; at most 60 days
        uint40 duration;
    }

    /// @notice One call to strike.
    struct Strike {
        uint48 timepoint;
        uint48 deadline;
        /// when it began, zero before
        uint48 begunAt;
        uint56 pledged;
        uint56 needed;
    }

    error SettingsOutOfBounds(uint16 thresholdBps, uint40 pledgePeriod, uint40 duration);
    error StrikeUnderWay(uint32 strikeId);
    error StrikeTooSoon(uint256 earliest);
    error NoUnitsAtTimepoint(address member, uint48 timepoint);
    error NotPledging(uint32 strikeId);
    error AlreadyPledged(uint32 strikeId, address member);
    error NotPledged(uint32 strikeId, address member);
    /// @notice A pledge that was taken back counts again only by the member's own transaction.
    error PledgeTakenBack(uint32 strikeId, address member);
    error PledgeSignatureInvalid(address member);

    event StrikeCalled(
        uint32 indexed strikeId, address indexed member, uint48 timepoint, uint48 deadline, uint56 needed, string reason
    );
    event Pledged(uint32 indexed strikeId, address indexed member, uint56 units);
    event PledgeWithdrawn(uint32 indexed strikeId, address indexed member, uint56 units);
    event StrikeBegun(uint32 indexed strikeId, uint48 until);

    /// @notice Calls to strike and pledges the caller's units. Any member; one call at a time, none in a cooldown.
    function call(string calldata reason) external returns (uint32 strikeId);

    /// @notice Pledges the caller's units of the call's timepoint to the newest call.
    function pledge() external;

    /// @notice The same for a member, with its signature (EOA or ERC-1271) over `Pledge(uint32 strikeId,address member)`.
    function pledgeFor(address member, bytes calldata signature) external;

    /// @notice Takes the caller's pledge back, as long as the strike has not begun.
    function unpledge() external;

    /// @notice Whether new licences are refused now.
    function isOn() external view returns (bool);

    /// @notice Until when new licences are refused; in the past or zero if they are not.
    function onUntil() external view returns (uint48);

    function strikeOf(uint32 strikeId) external view returns (Strike memory);

    function strikeCount() external view returns (uint32);

    function hasPledged(uint32 strikeId, address member) external view returns (bool);

    function settings() external view returns (Settings memory);
}
