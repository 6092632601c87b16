// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IAccessDesk} from "../interfaces/IAccessDesk.sol";
import {Hex} from "./Hex.sol";

/// @title The proposal that the desk files for a request
/// @notice A pure function of the desk, the request's id and its terms hash, so that nothing of it need be stored.
library RequestProposals {
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

    /// @notice Its id, hashed as {IGovernor-getProposalId} tells; asking the governor would cost 5,000 gas at the grant.
    function id(Proposal memory proposal) internal pure returns (uint256) {
        bytes32 descriptionHash = keccak256(bytes(proposal.description));
        return uint256(keccak256(abi.encode(proposal.targets, proposal.values, proposal.calldatas, descriptionHash)));
    }

    /// @notice For example `Grant access request 7 on terms 0x… #proposer=0x…`.
    /// @dev The suffix makes the governor refuse the same proposal from anybody else, so that it cannot be squatted.
    function describe(address desk, uint64 requestId, bytes32 termsHash) internal pure returns (string memory) {
        (bytes32 termsHigh, bytes32 termsLow) = Hex.digits(termsHash);
        (bytes32 deskHigh, bytes32 deskLow) = Hex.digits(bytes32(bytes20(desk)));
        bytes memory beginning =
            abi.encodePacked("Grant access request ", Strings.toString(requestId), " on terms 0x", termsHigh, termsLow);
        return string(abi.encodePacked(beginning, " #proposer=0x", deskHigh, bytes8(deskLow)));
    }
}
