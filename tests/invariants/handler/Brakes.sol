// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IDataStrike} from "../../../contracts/interfaces/IDataStrike.sol";
import {Actors, MEMBERS} from "../Actors.sol";
import {VM} from "../Vm.sol";
import {Log} from "./Log.sol";

/// @title What holds grants up: the members' strike, the council's pause
abstract contract Brakes is Log {
    /// @notice A member calls to strike, seldom.
    function callStrike(uint256 seed) external {
        if (_throw(seed, 1, 5) != 0) return;
        uint32 count = STRIKE.strikeCount();
        uint256 on = STRIKE.onUntil();
        bool expected = !_isPledging() && (on == 0 || block.timestamp >= on + 30 minutes);
        address member = _members[seed % MEMBERS];
        expected = expected && TOKEN.pastBalance(member, block.timestamp - 1) != 0;
        bool done = true;
        VM.prank(member);
        try STRIKE.call("enough") {}
        catch {
            done = false;
        }
        _same(done, expected, "a call to strike");
        if (!done) return;
        _equal(STRIKE.strikeCount(), count + 1, "the number of strikes");
        _did("callStrike");
        if (STRIKE.isOn()) _did("strikeBegun");
    }

    /// @notice A member pledges, itself or by signature.
    function pledge(uint256 seed) external {
        uint256 member = seed % MEMBERS;
        uint32 id = STRIKE.strikeCount();
        if (!_isPledging() || STRIKE.hasPledged(id, _members[member])) return;
        if (TOKEN.pastBalance(_members[member], STRIKE.strikeOf(id).timepoint) == 0) return;
        if (_throw(seed, 1, 2) == 0) {
            VM.prank(_members[member]);
            STRIKE.pledge();
            _did("pledge");
        } else if (!_pledgeFor(id, member)) {
            return;
        }
        if (STRIKE.isOn()) _did("strikeBegun");
    }

    /// @notice A member takes its pledge back.
    function unpledge(uint256 seed) external {
        address member = _members[seed % MEMBERS];
        if (!_isPledging() || !STRIKE.hasPledged(STRIKE.strikeCount(), member)) return;
        VM.prank(member);
        STRIKE.unpledge();
        _tookBack[STRIKE.strikeCount()][member] = true;
        _did("unpledge");
    }

    /// @notice The council pauses, seldom, mostly for hours; or ends a pause.
    function pause(uint256 seed) external {
        if (block.timestamp > COUNCIL.mandateUntil()) return;
        if (_isPaused()) {
            VM.prank(VM.addr(Actors.GUARDIAN));
            COUNCIL.unpause();
            _did("unpause");
        } else if (_throw(seed, 1, 8) == 0 && block.timestamp >= COUNCIL.pausableFrom()) {
            uint256 longest = _throw(seed, 2, 5) == 0 ? 7 days : 30 minutes;
            VM.prank(VM.addr(Actors.GUARDIAN));
            COUNCIL.pause(uint40(1 + _throw(seed, 3, longest)));
            _did("pause");
        }
    }

    // --- internal ---

    mapping(uint32 strikeId => mapping(address member => bool)) private _tookBack;

    /// @dev A signature serves once: not after the pledge was taken back.
    function _pledgeFor(uint32 id, uint256 member) private returns (bool done) {
        bytes32 typeHash = keccak256("Pledge(uint32 strikeId,address member)");
        bytes32 structHash = keccak256(abi.encode(typeHash, id, _members[member]));
        bytes memory signature = Actors.sign(_memberKeys[member], _digest("DataStrike", address(STRIKE), structHash));
        done = true;
        try STRIKE.pledgeFor(_members[member], signature) {}
        catch {
            done = false;
        }
        _same(done, !_tookBack[id][_members[member]], "a relayed pledge");
        if (done) _did("pledgeFor");
    }

    function _isPledging() private view returns (bool) {
        IDataStrike.Strike memory strike = STRIKE.strikeOf(STRIKE.strikeCount());
        return strike.begunAt == 0 && block.timestamp <= strike.deadline;
    }
}
