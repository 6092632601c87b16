// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {TimelockController as OpenZeppelinTimelock} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title The only authority
/// @notice OpenZeppelin's TimelockController, named here so that Ape compiles it. It is created with the governor as the
/// only proposer and canceller, anybody as executor, and no administrator but itself.
contract TimelockController is OpenZeppelinTimelock {
    constructor(uint256 minDelay, address[] memory proposers, address[] memory executors, address admin)
        OpenZeppelinTimelock(minDelay, proposers, executors, admin)
    {}
}
