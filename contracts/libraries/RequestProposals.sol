// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IAccessDesk} from "../interfaces/IAccessDesk.sol";

/// @title The proposal that the desk files for a request
/// @notice A pure function of the desk, the request's id and its terms hash, so that nothing of it need be stored.
library RequestProposals {
    using Strings for uint256;
    using Strings for address;

    struct Proposal {
        address[] targets;
        uint256[] values;
        bytes[] calldatas;
        string description;
    }

    /// @notice One call, `desk.approve(requestId)`, under the request's description.
    function build(address desk, uint64 requestId, bytes32 termsHash) internal pure returns (Proposal memory proposal) {
        proposal.targets = new address[](1);
        proposal.values = new uint256[](1);
        proposal.calldatas = new bytes[](1);
        proposal.targets[0] = desk;
        proposal.calldatas[0] = abi.encodeCall(IAccessDesk.approve, (requestId));
        proposal.description = describe(desk, requestId, termsHash);
    }

    /// @notice For example `Grant access request 7 on terms 0x… #proposer=0x…`.
    /// @dev The suffix makes the governor refuse the same proposal from anybody else, so that it cannot be squatted.
    function describe(address desk, uint64 requestId, bytes32 termsHash) internal pure returns (string memory) {
        return string.concat(
            "Grant access request ",
            uint256(requestId).toString(),
            " on terms ",
            uint256(termsHash).toHexString(32),
            " #proposer=",
            desk.toHexString()
        );
    }
}
