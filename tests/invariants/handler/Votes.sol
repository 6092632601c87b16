// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IAccessDesk} from "../../../contracts/interfaces/IAccessDesk.sol";
import {IDataGovernor} from "../../../contracts/interfaces/IDataGovernor.sol";
import {ILicence} from "../../../contracts/interfaces/ILicence.sol";
import {IOfferDesk} from "../../../contracts/interfaces/IOfferDesk.sol";
import {Actors, MEMBERS} from "../Actors.sol";
import {VM} from "../Vm.sol";
import {Deals} from "./Deals.sol";

/// @title Ballots, queueing, execution and the council's veto
abstract contract Votes is Deals {
    IOfferDesk.Offer[] internal _offers;
    bool[] internal _offerClosed;

    /// @notice Members vote about a motion, most of them for it, by one relayed batch or each by itself.
    function vote(uint256 seed) external {
        uint256 place = _find(seed, _motions.length, _isUntouched);
        if (place == 0) place = _find(seed, _motions.length, _isActive);
        if (place == 0) return;
        Motion storage motion = _motions[place - 1];
        if (_throw(seed, 0, 2) == 0) _voteTogether(motion.id, seed);
        else _voteAlone(motion.id, seed);
        (uint256 against, uint256 inFavour, uint256 abstained) = GOVERNOR.proposalVotes(motion.id);
        uint256 all = TOKEN.getPastTotalSupply(GOVERNOR.proposalSnapshot(motion.id));
        _atMost(against + inFavour + abstained, all, "votes of a motion");
    }

    /// @notice A motion that has passed is queued, or executed once its delay is over: through the governor, or by
    /// anybody at the timelock itself.
    function advance(uint256 seed) external {
        uint256 place = _find(seed, _motions.length, _isMovable);
        if (place != 0) _advance(_motions[place - 1], seed);
    }

    /// @notice Members take care that a new motion is voted on and carried out as soon as it can be.
    function hurry(uint256 seed) external {
        uint256 place = _find(seed, _motions.length, _isNew);
        if (place == 0) return;
        Motion storage motion = _motions[place - 1];
        _pass(1 minutes + 1);
        _voteTogether(motion.id, seed);
        _pass(GOVERNOR.proposalDeadline(motion.id) + 1 - block.timestamp);
        if (!_isMovable(uint64(place))) return;
        _advance(motion, seed);
        _pass(1 minutes + 1);
        _advance(motion, seed);
        _did("hurry");
    }

    /// @notice The council cancels what is queued, seldom.
    function veto(uint256 seed) external {
        if (_throw(seed, 0, 12) != 0 || block.timestamp > COUNCIL.mandateUntil()) return;
        uint256 place = _find(seed, _motions.length, _isQueued);
        if (place == 0) return;
        Motion storage motion = _motions[place - 1];
        VM.prank(VM.addr(Actors.GUARDIAN));
        COUNCIL.cancel(motion.targets, motion.values, motion.calldatas, keccak256(bytes(motion.description)));
        (motion.over, _vetoed[motion.id]) = (true, true);
        _did("veto");
    }

    /// @notice What cannot pass any more is looked at no more.
    function bury(uint256 seed) external {
        uint256 place = _find(seed, _motions.length, _isDead);
        if (place == 0) return;
        _motions[place - 1].over = true;
        _did("bury");
    }

    // --- internal ---

    function _advance(Motion storage motion, uint256 seed) private {
        bytes32 hash = keccak256(bytes(motion.description));
        if (GOVERNOR.state(motion.id) == IGovernor.ProposalState.Succeeded) {
            GOVERNOR.queue(motion.targets, motion.values, motion.calldatas, hash);
            _did("queue");
            return;
        }
        bool expected = _isExecutable(motion);
        uint256 executeBy = _isAboutRequest(motion.kind) ? _executeBy(motion.subject) : 0;
        bool direct = _throw(seed, 1, 2) == 0;
        _same(_execute(motion, hash, direct), expected, "an execution");
        motion.over = expected || _isHopeless(motion);
        if (!expected) return;
        _book(motion, executeBy);
        _did(direct ? "executeDirectly" : "execute");
    }

    function _isNew(uint64 place) private view returns (bool) {
        return _isIn(place, IGovernor.ProposalState.Pending);
    }

    function _isActive(uint64 place) private view returns (bool) {
        return _isIn(place, IGovernor.ProposalState.Active);
    }

    function _isUntouched(uint64 place) private view returns (bool) {
        if (!_isActive(place)) return false;
        (uint256 against, uint256 inFavour, uint256 abstained) = GOVERNOR.proposalVotes(_motions[place - 1].id);
        return against + inFavour + abstained == 0;
    }

    function _isQueued(uint64 place) private view returns (bool) {
        return _isIn(place, IGovernor.ProposalState.Queued);
    }

    function _isDead(uint64 place) private view returns (bool) {
        return _isIn(place, IGovernor.ProposalState.Defeated) || _isIn(place, IGovernor.ProposalState.Canceled);
    }

    function _isMovable(uint64 place) private view returns (bool) {
        if (_isIn(place, IGovernor.ProposalState.Succeeded)) return true;
        return _isQueued(place) && GOVERNOR.proposalEta(_motions[place - 1].id) <= block.timestamp;
    }

    function _isIn(uint64 place, IGovernor.ProposalState state) private view returns (bool) {
        Motion storage motion = _motions[place - 1];
        return !motion.over && GOVERNOR.state(motion.id) == state;
    }

    function _isAboutRequest(Kind kind) private pure returns (bool) {
        return kind == Kind.Approve || kind == Kind.Counter || kind == Kind.Smuggle;
    }

    function _voteTogether(uint256 id, uint256 seed) private {
        IDataGovernor.SignedBallot[] memory ballots = new IDataGovernor.SignedBallot[](MEMBERS);
        uint256 expected;
        bytes32 typeHash = keccak256("Ballot(uint256 proposalId,uint8 support,address voter)");
        for (uint256 i = 0; i < MEMBERS; ++i) {
            uint8 support = _support(seed, i);
            bytes32 structHash = keccak256(abi.encode(typeHash, id, support, _members[i]));
            bytes memory signature = Actors.sign(_memberKeys[i], _digest("DataGovernor", address(GOVERNOR), structHash));
            ballots[i] = IDataGovernor.SignedBallot(_members[i], support, signature);
            if (_canVote(id, i)) ++expected;
        }
        _equal(GOVERNOR.castVotesBySig(id, ballots), expected, "ballots of a batch");
        if (expected != 0) _did("voteTogether");
    }

    function _voteAlone(uint256 id, uint256 seed) private {
        for (uint256 i = 0; i < MEMBERS; ++i) {
            if (!_canVote(id, i) || _throw(seed, 20 + i, 3) == 0) continue;
            VM.prank(_members[i]);
            GOVERNOR.castVote(id, _support(seed, i));
            _did("voteAlone");
        }
    }

    function _canVote(uint256 id, uint256 member) private view returns (bool) {
        address voter = _members[member];
        if (TOKEN.memberIndex(voter) == 0 || GOVERNOR.hasVoted(id, voter)) return false;
        return TOKEN.getPastVotes(voter, GOVERNOR.proposalSnapshot(id)) != 0;
    }

    /// @dev For in three cases of four.
    function _support(uint256 seed, uint256 i) private pure returns (uint8) {
        uint256 side = _throw(seed, 10 + i, 8);
        return side > 1 ? 1 : (side == 0 ? 0 : 2);
    }

    function _execute(Motion storage motion, bytes32 hash, bool direct) private returns (bool done) {
        (address[] memory targets, uint256[] memory values) = (motion.targets, motion.values);
        bytes[] memory calldatas = motion.calldatas;
        if (!direct) {
            try GOVERNOR.execute(targets, values, calldatas, hash) {
                return true;
            } catch {
                return false;
            }
        }
        bytes32 salt = bytes32(bytes20(address(GOVERNOR))) ^ hash;
        try TIMELOCK.executeBatch(targets, values, calldatas, 0, salt) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev Whether what the motion calls would be accepted now.
    function _isExecutable(Motion storage motion) private view returns (bool) {
        (Kind kind, uint64 subject) = (motion.kind, motion.subject);
        if (kind == Kind.Fee) return true;
        if (kind == Kind.Committee) return _areFree(subject);
        if (kind == Kind.Publish) return block.timestamp <= motion.expiry;
        if (kind == Kind.CloseOffer) return !_offerClosed[subject - 1];
        if (kind == Kind.Smuggle && !_hasPassed(subject)) return false;
        if (_isAboutRequest(kind)) {
            if (!_isPending(subject) || block.timestamp > _executeBy(subject) || _isPaused()) return false;
            if (kind == Kind.Counter) return true;
            Deal storage deal = _deals[subject];
            return _isGrantable(deal.collection, deal.minEdition, deal.minUnits);
        }
        ILicence.Status status = LICENCE.licenceOf(subject).status;
        if (kind == Kind.Reinstate) return status == ILicence.Status.Suspended;
        bool handingOver = _isHandingOver(subject);
        if (kind == Kind.Suspend) return status == ILicence.Status.Active && !handingOver;
        return status != ILicence.Status.Revoked && !handingOver;
    }

    function _isHandingOver(uint64 id) internal view returns (bool) {
        uint256 deliveredAt = _deals[id].deliveredAt;
        bool over = block.timestamp > _deals[id].deliverBy && block.timestamp > deliveredAt + 1 days;
        return deliveredAt != 0 && !over;
    }

    /// @dev Of a motion that cannot be executed now: whether it never can.
    function _isHopeless(Motion storage motion) private view returns (bool) {
        uint64 subject = motion.subject;
        if (motion.kind == Kind.Suspend || motion.kind == Kind.Revoke) return !_isHandingOver(subject);
        if (!_isAboutRequest(motion.kind)) return true;
        return !_isPending(subject) || block.timestamp > _executeBy(subject);
    }

    function _book(Motion storage motion, uint256 executeBy) private {
        (Kind kind, uint64 subject) = (motion.kind, motion.subject);
        if (kind == Kind.Approve || kind == Kind.Smuggle) {
            _same(_hasPassed(subject), true, "the proposal of a grant");
            _bookGrant(subject, Way.Vote, executeBy);
            _did(kind == Kind.Approve ? "grantByVote" : "smuggle");
        } else if (kind == Kind.Counter) {
            _deals[subject].status = IAccessDesk.Status.Countered;
            _deals[subject].acceptBy = uint48(block.timestamp + motion.answer.answerPeriod);
            _answers[subject] = motion.answer;
            _did("counter");
        } else if (kind == Kind.Publish) {
            (IOfferDesk.Offer memory offer,,) = OFFERS.offerOf(OFFERS.offerCount());
            _offers.push(offer);
            _offerClosed.push(false);
            _did("publish");
        } else if (kind == Kind.CloseOffer) {
            _offerClosed[subject - 1] = true;
            _did("closeOffer");
        } else if (kind == Kind.Committee) {
            _bookCommittee(subject);
            _did("changeCommittee");
        } else if (kind == Kind.Suspend || kind == Kind.Revoke) {
            _did(kind == Kind.Suspend ? "suspend" : "revoke");
        } else if (kind == Kind.Reinstate) {
            _did("reinstate");
        }
    }
}
