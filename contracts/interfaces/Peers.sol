// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice The addresses of one DAO's contracts, computed before the first of them is deployed.
/// @dev Every contract takes the same struct in its constructor and keeps what it needs as immutables; nothing can be
/// rewired afterwards and the deployer never holds a role.
struct Peers {
    address timelock;
    address token;
    address registry;
    address governor;
    address desk;
    address licence;
    address vault;
    address keepers;
    address offers;
    address disputes;
    address meter;
    address strike;
    address council;
}

/// @notice The caller is not the one contract that may call this function.
error UnexpectedCaller(address caller, address expected);

/// @dev The asset number zero: the chain's native coin.
address constant NATIVE = address(0);
