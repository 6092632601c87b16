// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {EditionLog} from "./EditionLog.sol";
import {IDataRegistry} from "./interfaces/IDataRegistry.sol";
import {Peers, UnexpectedCaller} from "./interfaces/Peers.sol";
import {X25519} from "./libraries/X25519.sol";

/// @title Who may appraise, and how much their signatures may mint
/// @notice The registry's half that bounds trust: from the genesis on, an appraiser that turns hostile mints in one
/// window a share of what there was at the window's begin, and can be removed before that decides a vote.
/// @dev Windows follow one another without a gap where something is minted; the first registration after a window's end
/// begins the next. What can be minted in any span of time is at most one window more than the span has.
abstract contract Appraisers is EditionLog {
    // --- constants ---

    uint256 private constant BASIS = 10_000;
    uint32 private constant MIN_WINDOW = 1 hours;
    uint32 private constant MAX_WINDOW = 30 days;

    // --- immutables ---

    address private immutable TIMELOCK;
    uint40 private immutable GENESIS_MEMBERS;
    uint56 private immutable GENESIS_UNITS;

    // --- storage ---

    struct Appraiser {
        bool active;
        /// the window that `minted` belongs to
        uint48 windowBegin;
        uint56 minted;
    }

    /// One slot. `begin` is zero before the genesis.
    struct Window {
        uint48 begin;
        uint56 supply;
        uint56 minted;
        uint32 length;
        uint32 appraiserBps;
        uint32 totalBps;
    }

    mapping(address account => Appraiser) private _appraisers;
    Window private _window;
    /// Who contributed before the genesis; an account that was only given votes is none of them.
    mapping(address contributor => bool) private _founders;
    uint40 private _founderCount;

    // --- constructor ---

    constructor(Peers memory peers, Genesis memory threshold, Caps memory caps_) {
        bool bounded = threshold.members != 0 && threshold.units != 0;
        require(bounded, GenesisOutOfBounds(threshold.members, threshold.units));
        TIMELOCK = peers.timelock;
        GENESIS_MEMBERS = threshold.members;
        GENESIS_UNITS = threshold.units;
        _setCaps(caps_);
    }

    // --- timelock ---

    /// @inheritdoc IDataRegistry
    function addAppraiser(address appraiser, bytes32 sealingKey, string calldata endpoint) external {
        require(msg.sender == TIMELOCK, UnexpectedCaller(msg.sender, TIMELOCK));
        _addAppraiser(appraiser, sealingKey, endpoint);
    }

    /// @inheritdoc IDataRegistry
    function removeAppraiser(address appraiser) external {
        require(msg.sender == TIMELOCK, UnexpectedCaller(msg.sender, TIMELOCK));
        require(_appraisers[appraiser].active, AppraiserUnknown(appraiser));
        _appraisers[appraiser].active = false;
        emit AppraiserRemoved(appraiser);
    }

    /// @inheritdoc IDataRegistry
    function setCaps(Caps calldata caps_) external {
        require(msg.sender == TIMELOCK, UnexpectedCaller(msg.sender, TIMELOCK));
        _setCaps(caps_);
    }

    // --- views ---

    /// @inheritdoc IDataRegistry
    function isAppraiser(address account) public view returns (bool) {
        return _appraisers[account].active;
    }

    /// @inheritdoc IDataRegistry
    function isBegun() public view returns (bool) {
        return _window.begin != 0;
    }

    /// @inheritdoc IDataRegistry
    function genesis() external view returns (Genesis memory) {
        return Genesis(GENESIS_MEMBERS, GENESIS_UNITS);
    }

    /// @inheritdoc IDataRegistry
    function caps() external view returns (Caps memory) {
        return Caps(_window.length, _window.appraiserBps, _window.totalBps);
    }

    /// @inheritdoc IDataRegistry
    function mintableBy(address appraiser) external view returns (uint256) {
        Window memory window = _window;
        if (!isAppraiser(appraiser)) return 0;
        if (window.begin == 0) return type(uint56).max;
        if (block.timestamp >= window.begin + window.length) _renew(window);
        return Math.min(_left(window, _appraisers[appraiser]), _leftToAll(window));
    }

    // --- internal ---

    function _addAppraiser(address appraiser, bytes32 sealingKey, string memory endpoint) internal {
        require(!X25519.isLowOrder(sealingKey), AppraiserKeyLowOrder(sealingKey));
        _appraisers[appraiser].active = true;
        emit AppraiserAdded(appraiser, sealingKey, endpoint);
    }

    /// @dev Counts what is about to be minted against both caps, which there are from the genesis on. Fields that change
    /// are written side by side, which the compiler joins to one store: with those in {DataRegistry} 700 gas less than
    /// writing whole structs.
    /// @return begun Whether there are caps.
    function _countMinting(address signer, uint56 units) internal returns (bool begun) {
        Window memory window = _window;
        if (window.begin == 0) return false;
        uint256 ends = uint256(window.begin) + window.length;
        if (block.timestamp >= ends) {
            _renew(window);
            ends = block.timestamp + window.length;
        }
        Appraiser memory appraiser = _appraisers[signer];
        uint256 left = _left(window, appraiser);
        require(units <= left, MintingCapReached(signer, units, left, ends));
        left = _leftToAll(window);
        require(units <= left, MintingCapReached(address(0), units, left, ends));
        if (appraiser.windowBegin != window.begin) (appraiser.windowBegin, appraiser.minted) = (window.begin, 0);
        Appraiser storage stored = _appraisers[signer];
        (stored.windowBegin, stored.minted) = (window.begin, appraiser.minted + units);
        (_window.begin, _window.supply, _window.minted) = (window.begin, window.supply, window.minted + units);
        return true;
    }

    /// @dev Begins the first window once contributors and units suffice. What made it so was minted without a cap.
    function _checkGenesis(address contributor) internal {
        if (!_founders[contributor]) (_founders[contributor], _founderCount) = (true, _founderCount + 1);
        (uint40 members, uint256 units) = (_founderCount, TOKEN.totalSupply());
        if (members < GENESIS_MEMBERS || units < GENESIS_UNITS) return;
        Window memory window = _window;
        _renew(window);
        _window = window;
        emit GenesisReached(members, units);
    }

    function _requireBegun() internal view {
        require(_window.begin != 0, BeforeGenesis(GENESIS_MEMBERS, GENESIS_UNITS));
    }

    function _setCaps(Caps memory caps_) private {
        (uint32 length, uint32 one, uint32 all) = (caps_.window, caps_.appraiserBps, caps_.totalBps);
        bool bounded = length >= MIN_WINDOW && length <= MAX_WINDOW && one != 0 && one <= all;
        require(bounded, CapsOutOfBounds(length, one, all));
        (_window.length, _window.appraiserBps, _window.totalBps) = (length, one, all);
        emit CapsChanged(length, one, all);
    }

    /// @dev A DAO that everybody left can begin again: its genesis units are the least that a share is taken of.
    function _renew(Window memory window) private view {
        window.begin = uint48(block.timestamp);
        window.supply = uint56(Math.max(TOKEN.totalSupply(), GENESIS_UNITS));
        window.minted = 0;
    }

    function _left(Window memory window, Appraiser memory appraiser) private pure returns (uint256) {
        uint256 minted = appraiser.windowBegin == window.begin ? appraiser.minted : 0;
        return Math.saturatingSub((uint256(window.supply) * window.appraiserBps) / BASIS, minted);
    }

    function _leftToAll(Window memory window) private pure returns (uint256) {
        return Math.saturatingSub((uint256(window.supply) * window.totalBps) / BASIS, window.minted);
    }
}
