// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title One person, one member
/// @notice An attestor states once that a wallet belongs to a person whom it knows under no other wallet. What it knows
/// of the person never reaches the chain: `person` is a hash that only the attestor can make, the same for the same
/// person.
/// @dev Trust: attestors are voted in. One that lies can give one person several votes, and no money. Removing it voids
/// nothing of the past.
interface IUniqueness {
    error AttestorUnknown(address signer);
    error AttestationExpired(uint48 deadline, uint256 timestamp);
    error PersonEmpty();
    error PersonKnown(bytes32 person);
    error MemberAttested(address member);

    /// @notice The voting mode counts persons, and nobody has attested that `member` is one.
    error UniquenessMissing(address member);

    event AttestorAdded(address indexed attestor);
    event AttestorRemoved(address indexed attestor);
    event UniquenessAttested(address indexed member, bytes32 indexed person, address indexed attestor);

    /// @notice Records an attestor's signature over `Uniqueness(address member,bytes32 person,uint48 deadline)` in this
    /// contract's EIP-712 domain. Anyone may bring it.
    function attestUniqueness(address member, bytes32 person, uint48 deadline, bytes calldata signature) external;

    /// @notice Only the timelock.
    function addAttestor(address attestor) external;

    /// @notice Only the timelock.
    function removeAttestor(address attestor) external;

    function isAttestor(address account) external view returns (bool);

    function isAttested(address member) external view returns (bool);
}
