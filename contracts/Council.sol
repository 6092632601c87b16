// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ICouncil} from "./interfaces/ICouncil.sol";
import {IDataGovernor} from "./interfaces/IDataGovernor.sol";
import {IDataRegistry} from "./interfaces/IDataRegistry.sol";
import {Peers, UnexpectedCaller} from "./interfaces/Peers.sol";

/// @title The council
/// @notice What it promises stands in {ICouncil}.
contract Council is ICouncil {
    uint40 private constant MAX_PAUSE = 7 days;
    uint40 private constant COOLDOWN = 30 days;
    uint48 private constant MAX_MANDATE = 730 days;

    address private immutable TIMELOCK;
    IDataGovernor private immutable GOVERNOR;
    IDataRegistry private immutable REGISTRY;

    /// @inheritdoc ICouncil
    address public guardian;
    /// @inheritdoc ICouncil
    uint48 public mandateUntil;
    /// @inheritdoc ICouncil
    uint48 public pausableFrom;
    Pause private _pause;

    modifier onlyGuardian() {
        require(msg.sender == guardian, NotGuardian(msg.sender, guardian));
        require(block.timestamp <= mandateUntil, MandateOver(mandateUntil, block.timestamp));
        _;
    }

    /// @param mandate Seconds from now, of the first guardian; zero for neither.
    constructor(Peers memory peers, address firstGuardian, uint48 mandate) {
        TIMELOCK = peers.timelock;
        GOVERNOR = IDataGovernor(peers.governor);
        REGISTRY = IDataRegistry(peers.registry);
        _appoint(firstGuardian, uint48(block.timestamp) + mandate);
    }

    // --- the guardian ---

    /// @inheritdoc ICouncil
    function pause(uint40 duration) external onlyGuardian {
        require(duration != 0 && duration <= MAX_PAUSE, PauseOutOfBounds(duration));
        require(block.timestamp >= pausableFrom, PauseTooSoon(pausableFrom));
        uint40 now_ = uint40(block.timestamp);
        uint40 until = now_ + duration;
        _pause = Pause(now_, until);
        pausableFrom = now_ + MAX_PAUSE + COOLDOWN;
        emit PauseBegun(until);
        REGISTRY.pause(until);
    }

    /// @inheritdoc ICouncil
    function unpause() external onlyGuardian {
        require(block.timestamp < _pause.until, NotPaused());
        _pause.until = uint40(block.timestamp);
        emit PauseEnded();
        REGISTRY.pause(uint40(block.timestamp));
    }

    /// @inheritdoc ICouncil
    function cancel(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        bytes32 descriptionHash
    ) external onlyGuardian {
        GOVERNOR.cancelQueued(targets, values, calldatas, descriptionHash);
    }

    // --- the DAO ---

    /// @inheritdoc ICouncil
    function appoint(address newGuardian, uint48 until) external {
        require(msg.sender == TIMELOCK, UnexpectedCaller(msg.sender, TIMELOCK));
        _appoint(newGuardian, until);
    }

    // --- views ---

    /// @inheritdoc ICouncil
    function lastPause() external view returns (Pause memory) {
        return _pause;
    }

    // --- internal ---

    function _appoint(address newGuardian, uint48 until) private {
        bool timely = until >= block.timestamp || newGuardian == address(0);
        bool bounded = timely && until <= block.timestamp + MAX_MANDATE;
        require(bounded, MandateOutOfBounds(until));
        (guardian, mandateUntil) = (newGuardian, until);
        emit GuardianAppointed(newGuardian, until);
    }
}
