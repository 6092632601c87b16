// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Uniqueness} from "./Uniqueness.sol";
import {WeightedVotes} from "./WeightedVotes.sol";
import {IContributionToken} from "./interfaces/IContributionToken.sol";
import {Peers, UnexpectedCaller} from "./interfaces/Peers.sol";
import {Holding} from "./libraries/Holding.sol";
import {Trace} from "./libraries/Trace.sol";

/// @title Units, and who mints and burns them
/// @dev What units weigh in a vote is in {WeightedVotes}, who counts as a person in {Uniqueness}.
contract ContributionToken is WeightedVotes, Uniqueness {
    using Holding for uint184;
    using Trace for Trace.Points;

    // --- constants ---

    /// @inheritdoc IContributionToken
    uint48 public constant MINTER_DELAY = 30 days;
    uint8 private constant MAX_COLLECTIONS = 3;

    // --- immutables ---

    address private immutable REGISTRY;
    uint8 private immutable COLLECTIONS;

    // --- storage ---

    string private _name;
    string private _symbol;
    /// The minter once the total's flag says that it was moved.
    address private _movedMinter;
    /// Zero where nobody is nominated.
    address private _nominee;
    uint48 private _earliest;

    // --- constructor ---

    constructor(
        Peers memory peers,
        string memory name_,
        string memory symbol_,
        uint8 collections,
        VotingMode mode,
        address[] memory attestors
    ) WeightedVotes(mode) Uniqueness(peers.timelock, attestors) EIP712("ContributionToken", "1") {
        require(collections > 0 && collections <= MAX_COLLECTIONS, UnknownCollection(collections));
        REGISTRY = peers.registry;
        COLLECTIONS = collections;
        _name = name_;
        _symbol = symbol_;
    }

    // --- minter ---

    /// @inheritdoc IContributionToken
    function mint(address member, uint8 collection, uint56 units) external returns (uint8) {
        uint184 total = _totalForMinter();
        _checkCollection(collection);
        require(MODE == VotingMode.PerUnit || isAttested(member), UniquenessMissing(member));
        Trace.Points storage trace = _holdings[member];
        uint184 previous = trace.latest();
        uint184 holding;
        (holding, total) = _indexed(member, previous, total);
        holding = holding.add(collection, units);
        _push(_holdings[member], holding);
        _push(_total, total.add(collection, units));
        emit Transfer(address(0), member, units);
        _reweigh(member, previous, holding);
        return holding.tenure();
    }

    /// @inheritdoc IContributionToken
    function burn(address member, uint8 collection, uint56 units, uint8 tenure) external {
        uint184 total = _totalForMinter();
        _checkCollection(collection);
        Trace.Points storage trace = _holdings[member];
        uint184 previous = trace.latest();
        require(tenure == previous.tenure(), TenureOver(member, tenure, previous.tenure()));
        uint184 holding = previous.subtract(collection, units);
        _push(trace, holding);
        _push(_total, total.subtract(collection, units));
        emit Transfer(member, address(0), units);
        _reweigh(member, previous, holding);
    }

    /// @inheritdoc IContributionToken
    function burnAll(address member) external returns (uint56[3] memory units, uint8 tenure) {
        uint184 total = _totalForMinter();
        Trace.Points storage trace = _holdings[member];
        uint184 previous = trace.latest();
        require(previous.sum() > 0, NothingHeld(member));
        uint184 holding = previous.left(member);
        _push(trace, holding);
        _push(_total, total.without(previous));
        emit Transfer(member, address(0), previous.sum());
        _reweigh(member, previous, holding);
        return ([previous.unitsIn(0), previous.unitsIn(1), previous.unitsIn(2)], previous.tenure());
    }

    // --- timelock ---

    /// @inheritdoc IContributionToken
    function nominateMinter(address nominee) external {
        require(msg.sender == TIMELOCK, UnexpectedCaller(msg.sender, TIMELOCK));
        _nominee = nominee;
        _earliest = nominee == address(0) ? 0 : clock() + MINTER_DELAY;
        emit MinterNominated(nominee, _earliest);
    }

    // --- nominee ---

    /// @inheritdoc IContributionToken
    function takeMinter() external {
        require(msg.sender == _nominee, MinterNotNominated());
        require(block.timestamp >= _earliest, MinterTooEarly(_earliest, block.timestamp));
        (_nominee, _earliest, _movedMinter) = (address(0), 0, msg.sender);
        _push(_total, _total.latest().withMoved());
        emit MinterChanged(msg.sender);
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
    function minter() external view returns (address) {
        return _minterOf(_total.latest());
    }

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
    function pastBalance(address member, uint256 timepoint) external view returns (uint256) {
        return _at(_holdings[member], timepoint).sum();
    }

    /// @inheritdoc IContributionToken
    function pastSupply(uint256 timepoint) external view returns (uint256) {
        return _at(_total, timepoint).sum();
    }

    /// @inheritdoc IContributionToken
    function memberIndex(address member) external view returns (uint40) {
        return _holdings[member].latest().index();
    }

    /// @inheritdoc IContributionToken
    function memberCount() external view returns (uint40) {
        return _total.latest().index();
    }

    /// @inheritdoc IContributionToken
    function tenureOf(address member) external view returns (uint8) {
        return _holdings[member].latest().tenure();
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

    // --- internal ---

    /// @dev The newest total, to the minter alone: one word says both what it is and who that is.
    function _totalForMinter() private view returns (uint184 total) {
        total = _total.latest();
        address current = _minterOf(total);
        require(msg.sender == current, UnexpectedCaller(msg.sender, current));
    }

    function _minterOf(uint184 total) private view returns (address) {
        return total.isMoved() ? _movedMinter : REGISTRY;
    }

    function _checkCollection(uint8 collection) private view {
        require(collection < COLLECTIONS, UnknownCollection(collection));
    }
}
