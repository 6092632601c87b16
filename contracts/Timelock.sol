// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Peers} from "./interfaces/Peers.sol";

/// @title The only authority
/// @notice OpenZeppelin's TimelockController with its roles fixed: the governor alone proposes and cancels, anybody
/// executes what is due, and there is no administrator but the timelock itself.
contract Timelock is TimelockController {
    /// @param minDelay Seconds between a proposal's queueing and its execution, at least.
    constructor(Peers memory peers, uint256 minDelay)
        TimelockController(minDelay, _only(peers.governor), _only(address(0)), address(0))
    {}

    function _only(address account) private pure returns (address[] memory accounts) {
        accounts = new address[](1);
        accounts[0] = account;
    }
}
