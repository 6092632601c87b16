// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IContributionToken} from "../../contracts/interfaces/IContributionToken.sol";
import {Handler} from "./Handler.sol";
import {Stand} from "./Stand.sol";
import {VM} from "./Vm.sol";

/// @title The whole system under random actions, in one voting mode
abstract contract System {
    /// What forge may call.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Handler private _handler;

    function setUp() external {
        VM.warp(1_800_000_000);
        _handler = new Handler(new Stand(_mode()));
        _begin();
    }

    /// @notice Units, votes, money, licences and history are as they must be (see checks/).
    function invariant_everything_holds() external view {
        _handler.check();
    }

    /// @notice After each run: everything holds, and nothing is stuck for ever.
    function afterInvariant() external {
        _handler.checkAll();
        _handler.drain();
        _report();
    }

    /// @notice Forge's question which contracts to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @notice Forge's question which of their functions to call.
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector({addr: address(_handler), selectors: _handler.actions()});
    }

    function _mode() internal pure virtual returns (IContributionToken.VotingMode);

    /// @dev The DAO has members, and an edition that can be sold, before the dice are thrown.
    function _begin() private {
        for (uint256 i = 0; i < 8; ++i) {
            _handler.contribute(i);
            _handler.waitSeconds(i);
        }
        for (uint256 c = 0; c < 2; ++c) {
            _handler.seal(c);
            _handler.attest(c);
        }
    }

    /// @dev One line for each deed, where the runner asks for it.
    function _report() private {
        string memory path = VM.envOr("INVARIANTS_REPORT", "");
        if (bytes(path).length == 0) return;
        (string[] memory names, uint256[] memory times) = _handler.deeds();
        for (uint256 i = 0; i < names.length; ++i) {
            VM.writeLine(path, string.concat(names[i], " ", VM.toString(times[i])));
        }
    }
}

/// @notice Votes by units.
contract SystemByUnits is System {
    function _mode() internal pure override returns (IContributionToken.VotingMode) {
        return IContributionToken.VotingMode.PerUnit;
    }
}

/// @notice One vote for each member.
contract SystemByMembers is System {
    function _mode() internal pure override returns (IContributionToken.VotingMode) {
        return IContributionToken.VotingMode.PerMember;
    }
}

/// @notice Votes by the square root of units.
contract SystemByRoots is System {
    function _mode() internal pure override returns (IContributionToken.VotingMode) {
        return IContributionToken.VotingMode.SquareRoot;
    }
}
