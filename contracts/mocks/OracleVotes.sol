// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

/// @title OpenZeppelin's ERC20Votes by timestamp, for tests: what the project's token is compared with
/// @dev Everybody starts delegated to itself, and delegating to zero means the same: the one rule that differs.
contract OracleVotes is ERC20Votes {
    constructor() ERC20("Oracle", "ORACLE") EIP712("Oracle", "1") {}

    function mint(address member, uint256 units) external {
        if (delegates(member) == address(0)) _delegate(member, member);
        _mint(member, units);
    }

    function burn(address member, uint256 units) external {
        _burn(member, units);
    }

    /// @notice Delegates the votes of `account`, as `delegate` does for the caller.
    function delegateAs(address account, address delegatee) external {
        _delegate(account, delegatee == address(0) ? account : delegatee);
    }

    function clock() public view override returns (uint48) {
        return Time.timestamp();
    }

    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }
}
