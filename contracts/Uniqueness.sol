// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IUniqueness} from "./interfaces/IUniqueness.sol";
import {UnexpectedCaller} from "./interfaces/Peers.sol";

/// @title Who was attested to be one person
/// @dev Attestors sign with keys of their own; a contract wallet cannot be one.
abstract contract Uniqueness is IUniqueness, EIP712 {
    // --- constants ---

    bytes32 private constant UNIQUENESS_TYPEHASH =
        keccak256("Uniqueness(address member,bytes32 person,uint48 deadline)");

    // --- immutables ---

    address internal immutable TIMELOCK;

    // --- storage ---

    mapping(address account => bool) private _attestors;
    mapping(address member => bool) private _attested;
    mapping(bytes32 person => bool) private _known;

    // --- constructor ---

    constructor(address timelock, address[] memory attestors) {
        TIMELOCK = timelock;
        for (uint256 i = 0; i < attestors.length; ++i) {
            _addAttestor(attestors[i]);
        }
    }

    // --- anyone ---

    /// @inheritdoc IUniqueness
    function attestUniqueness(address member, bytes32 person, uint48 deadline, bytes calldata signature) external {
        require(block.timestamp <= deadline, AttestationExpired(deadline, block.timestamp));
        require(person != bytes32(0), PersonEmpty());
        require(!_attested[member], MemberAttested(member));
        require(!_known[person], PersonKnown(person));
        bytes32 structHash = keccak256(abi.encode(UNIQUENESS_TYPEHASH, member, person, deadline));
        address attestor = ECDSA.recoverCalldata(_hashTypedDataV4(structHash), signature);
        require(_attestors[attestor], AttestorUnknown(attestor));
        _attested[member] = true;
        _known[person] = true;
        emit UniquenessAttested(member, person, attestor);
    }

    // --- timelock ---

    /// @inheritdoc IUniqueness
    function addAttestor(address attestor) external {
        require(msg.sender == TIMELOCK, UnexpectedCaller(msg.sender, TIMELOCK));
        _addAttestor(attestor);
    }

    /// @inheritdoc IUniqueness
    function removeAttestor(address attestor) external {
        require(msg.sender == TIMELOCK, UnexpectedCaller(msg.sender, TIMELOCK));
        require(_attestors[attestor], AttestorUnknown(attestor));
        _attestors[attestor] = false;
        emit AttestorRemoved(attestor);
    }

    // --- views ---

    /// @inheritdoc IUniqueness
    function isAttestor(address account) external view returns (bool) {
        return _attestors[account];
    }

    /// @inheritdoc IUniqueness
    function isAttested(address member) public view returns (bool) {
        return _attested[member];
    }

    // --- internal ---

    function _addAttestor(address attestor) private {
        _attestors[attestor] = true;
        emit AttestorAdded(attestor);
    }
}
