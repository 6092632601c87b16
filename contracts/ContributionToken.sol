// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

import {IContributionToken} from "./interfaces/IContributionToken.sol";
import {Peers, UnexpectedCaller} from "./interfaces/Peers.sol";
import {Holding} from "./libraries/Holding.sol";

/// @title Units and votes
/// @dev One trace for each member ({Holding}: units of three collections, index, two flags) and one for everybody.
/// Received votes have a trace of their own, read only where the holder's flag says that there is one, so that a vote
/// without delegation costs no look-up for it.
contract ContributionToken is IContributionToken, EIP712, Nonces {
    using Checkpoints for Checkpoints.Trace208;
    using Holding for uint208;

    // --- constants ---

    uint8 private constant MAX_COLLECTIONS = 3;
    bytes32 private constant DELEGATION_TYPEHASH =
        keccak256("Delegation(address delegatee,uint256 nonce,uint256 expiry)");

    // --- immutables ---

    address private immutable REGISTRY;
    uint8 private immutable COLLECTIONS;

    // --- storage ---

    string private _name;
    string private _symbol;
    mapping(address member => Checkpoints.Trace208) private _holdings;
    Checkpoints.Trace208 private _total;
    /// Zero means the member itself.
    mapping(address member => address) private _delegatee;
    /// Votes of others; own units are not in it.
    mapping(address delegatee => Checkpoints.Trace208) private _received;

    // --- constructor ---

    constructor(Peers memory peers, string memory name_, string memory symbol_, uint8 collections)
        EIP712("ContributionToken", "1")
    {
        require(collections > 0 && collections <= MAX_COLLECTIONS, UnknownCollection(collections));
        REGISTRY = peers.registry;
        COLLECTIONS = collections;
        _name = name_;
        _symbol = symbol_;
    }

    // --- registry ---

    /// @inheritdoc IContributionToken
    function mint(address member, uint8 collection, uint56 units) external {
        require(msg.sender == REGISTRY, UnexpectedCaller(msg.sender, REGISTRY));
        _checkCollection(collection);
        Checkpoints.Trace208 storage trace = _holdings[member];
        (uint208 holding, uint208 total) = _indexed(member, trace.latest(), _total.latest());
        holding = holding.add(collection, units);
        _push(trace, holding);
        _push(_total, total.add(collection, units));
        emit Transfer(address(0), member, units);
        if (holding.isAway()) _give(_delegatee[member], units);
    }

    /// @inheritdoc IContributionToken
    function burn(address member, uint8 collection, uint56 units) external {
        require(msg.sender == REGISTRY, UnexpectedCaller(msg.sender, REGISTRY));
        _checkCollection(collection);
        Checkpoints.Trace208 storage trace = _holdings[member];
        uint208 holding = trace.latest().subtract(collection, units);
        _push(trace, holding);
        _push(_total, _total.latest().subtract(collection, units));
        emit Transfer(member, address(0), units);
        if (holding.isAway()) _take(_delegatee[member], units);
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

    // --- never possible ---

    /// @inheritdoc IERC20
    function transfer(address, uint256) external pure returns (bool) {
        revert NotTransferable();
    }

    /// @inheritdoc IERC20
    function transferFrom(address, address, uint256) external pure returns (bool) {
        revert NotTransferable();
    }

    /// @inheritdoc IERC20
    function approve(address, uint256) external pure returns (bool) {
        revert NotTransferable();
    }

    // --- views ---

    /// @inheritdoc IContributionToken
    function unitsOf(address member, uint8 collection) external view returns (uint56) {
        _checkCollection(collection);
        return _holdings[member].latest().unitsIn(collection);
    }

    /// @inheritdoc IContributionToken
    function totalUnits(uint8 collection) external view returns (uint56) {
        _checkCollection(collection);
        return _total.latest().unitsIn(collection);
    }

    /// @inheritdoc IContributionToken
    function pastUnits(address member, uint8 collection, uint256 timepoint) external view returns (uint56) {
        _checkCollection(collection);
        return _at(_holdings[member], timepoint).unitsIn(collection);
    }

    /// @inheritdoc IContributionToken
    function pastTotalUnits(uint8 collection, uint256 timepoint) external view returns (uint56) {
        _checkCollection(collection);
        return _at(_total, timepoint).unitsIn(collection);
    }

    /// @inheritdoc IContributionToken
    function memberIndex(address member) external view returns (uint40) {
        return _holdings[member].latest().index();
    }

    /// @inheritdoc IContributionToken
    function memberCount() external view returns (uint40) {
        return _total.latest().index();
    }

    /// @inheritdoc IVotes
    function getVotes(address account) public view returns (uint256) {
        uint208 holding = _holdings[account].latest();
        uint256 own = holding.isAway() ? 0 : holding.sum();
        return holding.receives() ? own + _received[account].latest() : own;
    }

    /// @inheritdoc IVotes
    function getPastVotes(address account, uint256 timepoint) external view returns (uint256) {
        uint208 holding = _at(_holdings[account], timepoint);
        uint256 own = holding.isAway() ? 0 : holding.sum();
        return holding.receives() ? own + _at(_received[account], timepoint) : own;
    }

    /// @inheritdoc IVotes
    function getPastTotalSupply(uint256 timepoint) external view returns (uint256) {
        return _at(_total, timepoint).sum();
    }

    /// @inheritdoc IVotes
    function delegates(address account) public view returns (address) {
        address delegatee = _delegatee[account];
        return delegatee == address(0) ? account : delegatee;
    }

    /// @inheritdoc IERC20
    function balanceOf(address account) external view returns (uint256) {
        return _holdings[account].latest().sum();
    }

    /// @inheritdoc IERC20
    function totalSupply() external view returns (uint256) {
        return _total.latest().sum();
    }

    /// @inheritdoc IERC20
    function allowance(address, address) external pure returns (uint256) {
        return 0;
    }

    /// @inheritdoc IERC20Metadata
    function name() external view returns (string memory) {
        return _name;
    }

    /// @inheritdoc IERC20Metadata
    function symbol() external view returns (string memory) {
        return _symbol;
    }

    /// @inheritdoc IERC20Metadata
    function decimals() external pure returns (uint8) {
        return 0;
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

    function _delegate(address account, address delegatee) private {
        address from = delegates(account);
        address to = delegatee == address(0) ? account : delegatee;
        emit DelegateChanged(account, from, to);
        if (from == to) return;
        uint208 holding = _holdings[account].latest();
        _delegatee[account] = to;
        _push(_holdings[account], holding.withAway(to != account));
        _move({from: from, to: to, account: account, units: uint208(holding.sum())});
    }

    /// @dev Moves the votes of `account`; own units need no second trace, the flag set before says where they vote.
    function _move(address from, address to, address account, uint208 units) private {
        if (units == 0) return;
        if (from != account) _take(from, units);
        else _emitVotes(from, getVotes(from) + units);
        if (to != account) _give(to, units);
        else _emitVotes(to, getVotes(to) - units);
    }

    /// @dev Gives `units` votes of somebody else to `delegatee`, who gets an index with the first of them.
    function _give(address delegatee, uint208 units) private {
        uint256 previous = getVotes(delegatee);
        uint208 holding = _holdings[delegatee].latest();
        if (!holding.receives()) {
            (uint208 indexedHolding, uint208 total) = _indexed(delegatee, holding, _total.latest());
            _push(_holdings[delegatee], indexedHolding.withReceives());
            _push(_total, total);
        }
        _push(_received[delegatee], _received[delegatee].latest() + units);
        _emitVotes(delegatee, previous);
    }

    function _take(address delegatee, uint208 units) private {
        uint256 previous = getVotes(delegatee);
        _push(_received[delegatee], _received[delegatee].latest() - units);
        _emitVotes(delegatee, previous);
    }

    function _emitVotes(address delegatee, uint256 previous) private {
        emit DelegateVotesChanged(delegatee, previous, getVotes(delegatee));
    }

    /// @dev Gives `member` the next index where it has none.
    function _indexed(address member, uint208 holding, uint208 total) private returns (uint208, uint208) {
        if (holding.index() != 0) return (holding, total);
        uint40 index = total.index() + 1;
        emit MemberAdded(member, index);
        return (holding.withIndex(index), total.withIndex(index));
    }

    function _push(Checkpoints.Trace208 storage trace, uint208 value) private {
        trace.push(clock(), value);
    }

    /// @dev Looks at the newest checkpoint first: where nothing changed since `timepoint` the cost does not depend on
    /// how many there are.
    function _at(Checkpoints.Trace208 storage trace, uint256 timepoint) private view returns (uint208) {
        require(timepoint < clock(), FutureLookup(timepoint, clock()));
        (bool exists, uint48 key, uint208 value) = trace.latestCheckpoint();
        return !exists || key <= timepoint ? value : trace.upperLookupRecent(uint48(timepoint));
    }

    function _checkCollection(uint8 collection) private view {
        require(collection < COLLECTIONS, UnknownCollection(collection));
    }
}
