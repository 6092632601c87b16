// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title The council: a brake, and nothing else
/// @notice One guardian (a multi-signature wallet, as a rule) may pause for at most seven days, not again for
/// thirty-seven days from a pause's begin, and may cancel proposals that are queued.
/// A pause stops registering, filing requests, accepting and granting, and extends the time in which a request can be
/// granted. It never stops votes, receipts, settlement, refunds, withdrawals or claims.
/// @dev Trust: the guardian can delay, and can void a vote that has passed, as long as its mandate lasts; a vote about the
/// council itself it cannot touch. It holds no money and mints nothing.
interface ICouncil {
    /// @notice The newest pause; `until` is in the past once it is over.
    struct Pause {
        uint40 begin;
        uint40 until;
    }

    error NotGuardian(address caller, address guardian);
    error MandateOver(uint48 mandateUntil, uint256 timestamp);
    error MandateOutOfBounds(uint48 mandateUntil);
    error PauseOutOfBounds(uint40 duration);
    error PauseTooSoon(uint256 earliest);
    error NotPaused();

    event GuardianAppointed(address indexed guardian, uint48 mandateUntil);
    event PauseBegun(uint40 until);
    event PauseEnded();

    /// @notice Pauses for `duration` seconds, at most 7 days. Only the guardian.
    function pause(uint40 duration) external;

    /// @notice Ends a pause before its time. Only the guardian; when it can pause again does not change.
    function unpause() external;

    /// @notice Cancels a queued proposal. Only the guardian; refused for a proposal about the council.
    function cancel(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        bytes32 descriptionHash
    ) external;

    /// @notice Makes `guardian` the guardian until `mandateUntil`, at most two years ahead; the zero address is nobody,
    /// whose mandate may be over already, so that no delay makes a dismissal fail. Only the timelock.
    function appoint(address guardian, uint48 mandateUntil) external;

    function guardian() external view returns (address);

    function mandateUntil() external view returns (uint48);

    function lastPause() external view returns (Pause memory);

    /// @notice From when on the guardian can pause (again).
    function pausableFrom() external view returns (uint48);
}
