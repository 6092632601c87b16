// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

import {IContributionToken} from "./interfaces/IContributionToken.sol";
import {Holding} from "./libraries/Holding.sol";
import {Trace} from "./libraries/Trace.sol";

/// @title What members hold, how many votes that gives, and whom they gave them to
/// @dev One trace for each member ({Holding}: units of three collections, index, tenure, two flags) and one for
/// everybody. Received votes have a trace of their own, read only where the holder's flag says that there is one, so
/// that a vote without delegation costs no look-up for it. All votes together are the total's units where units are
/// counted, and a trace of their own in the other modes, moved by the change of each member's weight.
abstract contract WeightedVotes is IContributionToken, EIP712, Nonces {
    using Holding for uint184;
    using Trace for Trace.Points;

    // --- constants ---

    bytes32 private constant DELEGATION_TYPEHASH =
        keccak256("Delegation(address delegatee,uint256 nonce,uint256 expiry)");

    // --- immutables ---

    VotingMode internal immutable MODE;

    // --- storage ---

    mapping(address member => Trace.Points) internal _holdings;
    Trace.Points internal _total;
    /// Empty where units are counted.
    Trace.Points private _totalVotes;
    /// Zero means the member itself.
    mapping(address member => address) private _delegatee;
    /// Votes of others; the weight of own units is not in it.
    mapping(address delegatee => Trace.Points) private _received;

    // --- constructor ---

    constructor(VotingMode mode) {
        MODE = mode;
    }

    // --- delegation ---

    /// @inheritdoc IVotes
    function delegate(address delegatee) external {
        _delegate(msg.sender, delegatee);
    }

    /// @inheritdoc IVotes
    function delegateBySig(address delegatee, uint256 nonce, uint256 expiry, uint8 v, bytes32 r, bytes32 s) external {
        require(block.timestamp <= expiry, VotesExpiredSignature(expiry));
        bytes32 structHash = keccak256(abi.encode(DELEGATION_TYPEHASH, delegatee, nonce, expiry));
        address signer = ECDSA.recover(_hashTypedDataV4(structHash), v, r, s);
        _useCheckedNonce(signer, nonce);
        _delegate(signer, delegatee);
    }

    // --- views ---

    /// @inheritdoc IContributionToken
    function votingMode() external view returns (VotingMode) {
        return MODE;
    }

    /// @inheritdoc IVotes
    function getVotes(address account) public view returns (uint256) {
        uint184 holding = _holdings[account].latest();
        uint184 own = _ownVotes(holding);
        return holding.receives() ? own + _received[account].latest() : own;
    }

    /// @inheritdoc IVotes
    function getPastVotes(address account, uint256 timepoint) external view returns (uint256) {
        uint184 holding = _at(_holdings[account], timepoint);
        uint184 own = _ownVotes(holding);
        return holding.receives() ? own + _at(_received[account], timepoint) : own;
    }

    /// @inheritdoc IVotes
    /// @dev All votes of the timepoint; its units are {pastSupply}.
    function getPastTotalSupply(uint256 timepoint) external view returns (uint256) {
        return MODE == VotingMode.PerUnit ? _at(_total, timepoint).sum() : _at(_totalVotes, timepoint);
    }

    /// @inheritdoc IVotes
    function delegates(address account) public view returns (address) {
        address delegatee = _delegatee[account];
        return delegatee == address(0) ? account : delegatee;
    }

    /// @inheritdoc IERC6372
    function clock() public view returns (uint48) {
        return Time.timestamp();
    }

    /// @inheritdoc IERC6372
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() external pure returns (string memory) {
        return "mode=timestamp";
    }

    // --- internal ---

    /// @dev What the change of a member's units from `previous` to `current` does to votes that are counted apart from
    /// units: all votes together, and those that its delegate received.
    function _reweigh(address member, uint184 previous, uint184 current) internal {
        bool counted = MODE == VotingMode.PerUnit;
        bool away = current.isAway();
        if (counted && !away) return;
        uint184 was = _weight(previous);
        uint184 weight = _weight(current);
        if (was == weight) return;
        if (!counted) _push(_totalVotes, _totalVotes.latest() + weight - was);
        if (!away) return;
        if (weight > was) _give(_delegatee[member], weight - was);
        else _take(_delegatee[member], was - weight);
    }

    /// @dev Gives `member` the next index where it has none.
    function _indexed(address member, uint184 holding, uint184 total) internal returns (uint184, uint184) {
        if (holding.index() != 0) return (holding, total);
        uint32 index = total.index() + 1;
        emit MemberAdded(member, index);
        return (holding.withIndex(index), total.withIndex(index));
    }

    function _push(Trace.Points storage trace, uint184 value) internal {
        trace.push(uint40(block.timestamp), value);
    }

    function _at(Trace.Points storage trace, uint256 timepoint) internal view returns (uint184) {
        require(timepoint < block.timestamp, FutureLookup(timepoint, clock()));
        return trace.at(timepoint);
    }

    function _delegate(address account, address delegatee) private {
        address from = delegates(account);
        address to = delegatee == address(0) ? account : delegatee;
        emit DelegateChanged(account, from, to);
        if (from == to) return;
        uint184 holding = _holdings[account].latest();
        _delegatee[account] = to;
        _push(_holdings[account], holding.withAway(to != account));
        _move({from: from, to: to, account: account, votes: _weight(holding)});
    }

    /// @dev Moves the votes of `account`; own units need no second trace, the flag set before says where they vote.
    function _move(address from, address to, address account, uint184 votes) private {
        if (votes == 0) return;
        if (from != account) _take(from, votes);
        else _emitVotes(from, getVotes(from) + votes);
        if (to != account) _give(to, votes);
        else _emitVotes(to, getVotes(to) - votes);
    }

    /// @dev Gives `votes` of somebody else to `delegatee`, who gets an index with the first of them.
    function _give(address delegatee, uint184 votes) private {
        uint256 previous = getVotes(delegatee);
        uint184 holding = _holdings[delegatee].latest();
        if (!holding.receives()) {
            (uint184 indexedHolding, uint184 total) = _indexed(delegatee, holding, _total.latest());
            _push(_holdings[delegatee], indexedHolding.withReceives());
            _push(_total, total);
        }
        _push(_received[delegatee], _received[delegatee].latest() + votes);
        _emitVotes(delegatee, previous);
    }

    function _take(address delegatee, uint184 votes) private {
        uint256 previous = getVotes(delegatee);
        _push(_received[delegatee], _received[delegatee].latest() - votes);
        _emitVotes(delegatee, previous);
    }

    function _emitVotes(address delegatee, uint256 previous) private {
        emit DelegateVotesChanged(delegatee, previous, getVotes(delegatee));
    }

    function _ownVotes(uint184 holding) private view returns (uint184) {
        return holding.isAway() ? 0 : _weight(holding);
    }

    /// @dev Votes that the units of a member give, wherever they are cast.
    function _weight(uint184 holding) private view returns (uint184) {
        uint184 units = holding.sum();
        if (MODE == VotingMode.PerUnit) return units;
        if (MODE == VotingMode.PerMember) return units > 0 ? 1 : 0;
        return uint184(Math.sqrt(units));
    }
}
