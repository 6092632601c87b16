// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IContributionToken} from "../../../contracts/interfaces/IContributionToken.sol";
import {MEMBERS} from "../Actors.sol";
import {VM} from "../Vm.sol";
import {Base} from "./Base.sol";

/// @title What the registry and the token should say, reckoned apart from them
/// @notice Units by member, the fold of the history, when each collection last changed, and the minting windows.
abstract contract Log is Base {
    struct Window {
        uint256 begin;
        uint256 supply;
        uint256 minted;
    }

    struct Past {
        uint48 timepoint;
        bytes32 facts;
    }

    uint256 internal constant GENESIS_UNITS = 100;
    uint256 internal constant WINDOW = 1 hours;
    uint256 internal constant APPRAISER_BPS = 4000;
    uint256 internal constant TOTAL_BPS = 6000;

    IContributionToken.VotingMode private immutable MODE;

    uint256[COLLECTIONS][MEMBERS] internal _units;
    /// Whom each member's votes go to, by position.
    uint256[MEMBERS] internal _delegateOf;
    Past[] internal _pasts;

    bytes32 internal _head;
    uint256 internal _count;
    uint256 internal _countBefore;
    uint256 internal _foldedAt;
    uint256[COLLECTIONS] internal _changedAt;
    /// Before that.
    uint256[COLLECTIONS] internal _changedBefore;

    Window internal _window;
    mapping(uint256 begin => mapping(address appraiser => uint256)) internal _mintedBy;

    constructor() {
        MODE = TOKEN.votingMode();
        for (uint256 i = 0; i < MEMBERS; ++i) {
            _delegateOf[i] = i;
        }
    }

    // --- time ---

    /// @dev Keeps the facts of the second that ends.
    function _pass(uint256 duration) internal {
        _pasts.push(Past(uint48(block.timestamp), _facts()));
        VM.warp(block.timestamp + duration);
    }

    // --- history ---

    function _fold(uint8 kind, bytes32 id, bytes32 dataHash) internal {
        _head = keccak256(abi.encode(_head, kind, id, dataHash));
        if (_foldedAt != block.timestamp) (_foldedAt, _countBefore) = (block.timestamp, _count);
        ++_count;
    }

    function _touch(uint256 collection) internal {
        if (_changedAt[collection] == block.timestamp) return;
        (_changedBefore[collection], _changedAt[collection]) = (_changedAt[collection], block.timestamp);
    }

    /// @dev When the collection last changed before the current second, zero for never.
    function _settledChange(uint256 collection) internal view returns (uint256) {
        return _changedAt[collection] < block.timestamp ? _changedAt[collection] : _changedBefore[collection];
    }

    function _settledCount() internal view returns (uint256) {
        return _foldedAt == block.timestamp ? _countBefore : _count;
    }

    // --- minting ---

    /// @dev Books what is about to be minted, and fails where it is more than the caps let through.
    function _bookMinting(address appraiser, uint256 units) internal {
        if (_window.begin == 0) return;
        if (block.timestamp >= _window.begin + WINDOW) _beginWindow(TOKEN.totalSupply());
        _window.minted += units;
        _mintedBy[_window.begin][appraiser] += units;
        _atMost(_mintedBy[_window.begin][appraiser], (_window.supply * APPRAISER_BPS) / 10_000, "minted by one");
        _atMost(_window.minted, (_window.supply * TOTAL_BPS) / 10_000, "minted by all");
    }

    /// @dev After a mint: the first window begins with the genesis.
    function _bookGenesis() internal {
        if (_window.begin == 0 && REGISTRY.isBegun()) _beginWindow(TOKEN.totalSupply());
    }

    /// @dev What `appraiser` may mint now: what its own cap and that of all leave.
    function _mintable(address appraiser) internal view returns (uint256 units) {
        (uint256 supply, uint256 byOne, uint256 byAll) = (_window.supply, 0, 0);
        if (block.timestamp < _window.begin + WINDOW) {
            (byOne, byAll) = (_mintedBy[_window.begin][appraiser], _window.minted);
        } else {
            supply = TOKEN.totalSupply();
            if (supply < GENESIS_UNITS) supply = GENESIS_UNITS;
        }
        units = (supply * APPRAISER_BPS) / 10_000 - byOne;
        uint256 left = (supply * TOTAL_BPS) / 10_000 - byAll;
        if (left < units) units = left;
    }

    function _beginWindow(uint256 supply) private {
        _window = Window(block.timestamp, supply > GENESIS_UNITS ? supply : GENESIS_UNITS, 0);
    }

    // --- units and votes ---

    function _balanceOf(uint256 member) internal view returns (uint256) {
        return _units[member][0] + _units[member][1];
    }

    /// @dev Votes that the member's units give, wherever they go.
    function _weight(uint256 member) internal view returns (uint256) {
        uint256 units = _balanceOf(member);
        if (MODE == IContributionToken.VotingMode.PerUnit) return units;
        return MODE == IContributionToken.VotingMode.PerMember ? (units > 0 ? 1 : 0) : _root(units);
    }

    /// @dev Votes of each member: the weights of all who vote through it, itself as a rule; and all votes.
    function _votes() internal view returns (uint256[MEMBERS] memory votes, uint256 all) {
        for (uint256 i = 0; i < MEMBERS; ++i) {
            uint256 weight = _weight(i);
            votes[_delegateOf[i]] += weight;
            all += weight;
        }
    }

    /// @dev The same facts about the present as {_recalled} reads about the past.
    function _facts() internal view returns (bytes32) {
        uint256[] memory facts = new uint256[](5 * MEMBERS + 4);
        uint256 last = 5 * MEMBERS;
        uint256[MEMBERS] memory votes;
        (votes, facts[last + 3]) = _votes();
        for (uint256 i = 0; i < MEMBERS; ++i) {
            (uint256 first, uint256 second) = (_units[i][0], _units[i][1]);
            (facts[5 * i], facts[5 * i + 1], facts[5 * i + 2]) = (first, second, first + second);
            (facts[5 * i + 3], facts[5 * i + 4]) = (votes[i], i);
            (facts[last], facts[last + 1]) = (facts[last] + first, facts[last + 1] + second);
            facts[last + 2] += first + second;
        }
        return keccak256(abi.encode(facts));
    }

    function _recalled(uint256 timepoint) internal view returns (bytes32) {
        uint256[] memory facts = new uint256[](5 * MEMBERS + 4);
        for (uint256 i = 0; i < MEMBERS; ++i) {
            address member = _members[i];
            facts[5 * i] = TOKEN.pastUnits(member, 0, timepoint);
            facts[5 * i + 1] = TOKEN.pastUnits(member, 1, timepoint);
            facts[5 * i + 2] = TOKEN.pastBalance(member, timepoint);
            (facts[5 * i + 3], facts[5 * i + 4]) = (TOKEN.getPastVotes(member, timepoint), i);
        }
        uint256 last = 5 * MEMBERS;
        facts[last] = TOKEN.pastTotalUnits(0, timepoint);
        facts[last + 1] = TOKEN.pastTotalUnits(1, timepoint);
        facts[last + 2] = TOKEN.pastSupply(timepoint);
        facts[last + 3] = TOKEN.getPastTotalSupply(timepoint);
        return keccak256(abi.encode(facts));
    }

    /// @dev Rounded down; written apart from the library that the token uses.
    function _root(uint256 value) private pure returns (uint256 root) {
        for (uint256 bit = 1 << 31; bit != 0; bit >>= 1) {
            if ((root | bit) * (root | bit) <= value) root |= bit;
        }
    }
}
