// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title The cheatcodes of Foundry that the invariants use
interface Vm {
    function warp(uint256 timestamp) external;

    function prank(address sender) external;

    function deal(address account, uint256 balance) external;

    function addr(uint256 privateKey) external pure returns (address);

    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    function getNonce(address account) external view returns (uint64);

    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);

    function writeLine(string calldata path, string calldata line) external;

    function toString(uint256 value) external pure returns (string memory);

    function envOr(string calldata name, string calldata otherwise) external view returns (string memory);
}

/// @dev Where Foundry answers them: the last 20 bytes of keccak256("hevm cheat code").
Vm constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
