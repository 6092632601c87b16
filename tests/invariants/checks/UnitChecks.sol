// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IDataStrike} from "../../../contracts/interfaces/IDataStrike.sol";
import {IDataRegistry} from "../../../contracts/interfaces/IDataRegistry.sol";
import {MEMBERS} from "../Actors.sol";
import {Brakes} from "../handler/Brakes.sol";
import {Members} from "../handler/Members.sol";

/// @title What holds of units, votes, the history and strikes
abstract contract UnitChecks is Members, Brakes {
    /// @dev Σ units = supply = Σ balances, in each collection and together, and as reckoned apart.
    function _checkUnits() internal view {
        uint256 supply;
        for (uint8 c = 0; c < COLLECTIONS; ++c) {
            uint256 sum;
            for (uint256 i = 0; i < MEMBERS; ++i) {
                _equal(TOKEN.unitsOf(_members[i], c), _units[i][c], "a member's units");
                sum += _units[i][c];
            }
            _equal(TOKEN.totalUnits(c), sum, "units of a collection");
            supply += sum;
        }
        _equal(TOKEN.totalSupply(), supply, "the supply");
    }

    /// @dev A member's balance is its units; its votes are the weight of all units delegated to it.
    function _checkVotes() internal view {
        (uint256[MEMBERS] memory votes,) = _votes();
        for (uint256 i = 0; i < MEMBERS; ++i) {
            _equal(TOKEN.balanceOf(_members[i]), _balanceOf(i), "a balance");
            _equal(TOKEN.getVotes(_members[i]), votes[i], "a member's votes");
        }
        _atMost(TOKEN.memberCount(), MEMBERS, "member indexes");
    }

    /// @dev Units, balances, votes and their totals of a past second are what they were.
    function _checkPast(uint256 which) internal view {
        Past memory past = _pasts[which];
        _same(_recalled(past.timepoint) == past.facts, true, "the past");
    }

    /// @dev The head is the fold of every change.
    function _checkHistory() internal view {
        _same(REGISTRY.historyHead() == _head, true, "historyHead");
        _equal(REGISTRY.historyCount(), _count, "historyCount");
    }

    function _checkHeld(uint256 which) internal view {
        Held memory held = _held[which];
        (address who, uint8 collection, uint56 units, IDataRegistry.Status status) = REGISTRY.contributionOf(held.id);
        _same(who == _members[held.member] && collection == held.collection, true, "a contribution");
        _equal(units, held.units, "units of a contribution");
        _same(status == IDataRegistry.Status.Active, true, "an active contribution");
    }

    /// @dev Pledges are the members' own past units, and nothing begins below the threshold.
    function _checkStrike() internal view {
        uint32 id = STRIKE.strikeCount();
        if (id == 0) return;
        IDataStrike.Strike memory strike = STRIKE.strikeOf(id);
        uint256 pledged;
        for (uint256 i = 0; i < MEMBERS; ++i) {
            if (STRIKE.hasPledged(id, _members[i])) pledged += TOKEN.pastBalance(_members[i], strike.timepoint);
        }
        _equal(strike.pledged, pledged, "pledged units");
        uint256 supply = TOKEN.pastSupply(strike.timepoint);
        _atMost(strike.pledged, supply, "pledged of all");
        _same(strike.begunAt != 0, uint256(strike.pledged) * 2 >= supply, "a strike with half of all units");
        if (strike.begunAt != 0) _equal(STRIKE.onUntil(), strike.begunAt + 30 minutes, "a strike's end");
    }
}
