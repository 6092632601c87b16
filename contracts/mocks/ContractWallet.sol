// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title A contract wallet for tests
/// @notice It signs as its owner does (ERC-1271), calls what it is told to, and meets incoming coin in several ways;
/// where it burns gas, it does so over signatures too.
contract ContractWallet is IERC1271 {
    enum Manner {
        Accepts,
        Refuses,
        BurnsGas,
        Reenters
    }

    address private immutable OWNER;

    Manner public manner;
    address private _target;
    bytes private _call;
    /// Whether the call made while receiving succeeded, and what it returned.
    bool public reentered;
    bytes public answer;

    error CoinRefused();

    constructor(address owner) {
        OWNER = owner;
    }

    receive() external payable {
        require(manner != Manner.Refuses, CoinRefused());
        if (manner == Manner.BurnsGas) while (true) {}
        if (manner == Manner.Reenters) (reentered, answer) = _target.call(_call);
    }

    function setManner(Manner value) external {
        manner = value;
    }

    /// @notice What to call when coin arrives and the manner is Reenters.
    function setReentry(address target, bytes calldata data) external {
        (_target, _call) = (target, data);
    }

    function execute(address target, uint256 value, bytes calldata data) external payable returns (bytes memory) {
        return Address.functionCallWithValue(target, data, value);
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (manner == Manner.BurnsGas) while (true) {}
        return ECDSA.recoverCalldata(hash, signature) == OWNER ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
