// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAccessDesk} from "../../../contracts/interfaces/IAccessDesk.sol";
import {IKeeperRegistry} from "../../../contracts/interfaces/IKeeperRegistry.sol";
import {ILicence} from "../../../contracts/interfaces/ILicence.sol";
import {IOfferDesk} from "../../../contracts/interfaces/IOfferDesk.sol";
import {Actors, MEMBERS} from "../Actors.sol";
import {VM} from "../Vm.sol";
import {Votes} from "./Votes.sol";

/// @title What members propose: counter-offers, offers, what happens to a licence, a fee, a committee
abstract contract Motions is Votes {
    /// @notice Members answer a pending request with other terms.
    function proposeCounter(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isPending);
        if (id == 0) return;
        IAccessDesk.Counter memory answer = IAccessDesk.Counter({
            purposes: 1,
            price: uint128(1000 + _throw(seed, 1, 5000)),
            duration: uint40(1 days + _throw(seed, 2, 30 days)),
            royaltyBps: 100,
            termsHash: keccak256(abi.encode(seed)),
            arbiter: _throw(seed, 3, 2) == 0 ? VM.addr(Actors.ARBITER) : address(0),
            metering: _metering(seed),
            answerPeriod: uint40(10 minutes + _throw(seed, 4, 3 hours))
        });
        bytes memory data = abi.encodeCall(IAccessDesk.counter, (id, DESK.digestOf(id), answer));
        Motion storage motion = _propose(seed, Kind.Counter, id, address(DESK), data);
        if (motion.id == 0) return;
        motion.answer = answer;
        _did("proposeCounter");
    }

    /// @notice Members propose standing terms.
    function proposeOffer(uint256 seed) external {
        uint256 asset = _throw(seed, 1, ASSETS);
        IOfferDesk.Offer memory offer = IOfferDesk.Offer({
            collection: uint8(_throw(seed, 2, COLLECTIONS)),
            purposes: 3,
            asset: _asset(asset),
            unitPrice: uint128(1 + _throw(seed, 3, 50)),
            duration: 10 days,
            royaltyBps: 0,
            termsHash: keccak256(abi.encode(seed)),
            arbiter: _throw(seed, 4, 2) == 0 ? VM.addr(Actors.ARBITER) : address(0),
            metering: _metering(seed),
            expiry: uint48(block.timestamp + 10 minutes + _throw(seed, 5, 3 days)),
            maxCount: uint32(1 + _throw(seed, 6, 4))
        });
        bytes memory data = abi.encodeCall(IOfferDesk.publish, (offer));
        Motion storage motion = _propose(seed, Kind.Publish, 0, address(OFFERS), data);
        if (motion.id == 0) return;
        motion.expiry = offer.expiry;
        _did("proposeOffer");
    }

    /// @notice A member files a second proposal to approve somebody's request: it must not stand in for the first.
    function proposeSmuggling(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isPending);
        if (id == 0) return;
        _propose(seed, Kind.Smuggle, id, address(DESK), abi.encodeCall(IAccessDesk.approve, (id)));
        _did("proposeSmuggling");
    }

    /// @notice Members propose something about an offer or the filing fee.
    function proposeOther(uint256 seed) external {
        uint256 which = _throw(seed, 1, 2);
        if (which == 0) {
            if (_offers.length == 0) return;
            uint64 offer = uint64(1 + _throw(seed, 2, _offers.length));
            _propose(seed, Kind.CloseOffer, offer, address(OFFERS), abi.encodeCall(IOfferDesk.withdraw, (offer)));
        } else {
            uint128 fee = uint128(_throw(seed, 2, 100));
            _propose(seed, Kind.Fee, 0, address(DESK), abi.encodeCall(IAccessDesk.setFilingFee, (fee)));
        }
        _did("proposeOther");
    }

    /// @notice Members propose who keeps next, seldom; some of what they propose can never be carried out.
    function proposeCommittee(uint256 seed) external {
        if (_throw(seed, 1, 2) != 0) return;
        uint64 number = uint64(_throw(seed, 2, 162));
        bytes memory data = abi.encodeCall(IKeeperRegistry.changeCommittee, (_candidates(number)));
        _propose(seed, Kind.Committee, number, address(KEEPER_BOOK), data);
        _did("proposeCommittee");
    }

    /// @notice Members propose to suspend, reinstate or end a licence.
    function proposeAboutLicence(uint256 seed) external {
        uint64 id = _find(seed, _dealCount(), _isSuspended);
        if (id == 0) id = _find(seed, _dealCount(), _isEndable);
        if (id == 0) return;
        _proposeAboutLicence(seed, id);
        _did("proposeAboutLicence");
    }

    // --- internal ---

    function _isEndable(uint64 id) private view returns (bool) {
        return LICENCE.isInForce(id) && !_isHandingOver(id);
    }

    function _isSuspended(uint64 id) private view returns (bool) {
        return _hasLicence(id) && LICENCE.licenceOf(id).status == ILicence.Status.Suspended;
    }

    function _proposeAboutLicence(uint256 seed, uint64 id) private {
        if (LICENCE.licenceOf(id).status == ILicence.Status.Suspended) {
            _propose(seed, Kind.Reinstate, id, address(LICENCE), abi.encodeCall(ILicence.reinstate, (id)));
        } else if (_throw(seed, 3, 3) == 0) {
            _propose(seed, Kind.Revoke, id, address(LICENCE), abi.encodeCall(ILicence.revoke, (id)));
        } else {
            _propose(seed, Kind.Suspend, id, address(LICENCE), abi.encodeCall(ILicence.suspend, (id)));
        }
    }

    /// @dev Filed by a member that has votes; where the thrown one has none the motion has no id, and is over.
    function _propose(uint256 seed, Kind kind, uint64 subject, address target, bytes memory data)
        private
        returns (Motion storage motion)
    {
        motion = _motions.push();
        (motion.kind, motion.subject) = (kind, subject);
        motion.targets.push(target);
        motion.values.push(0);
        motion.calldatas.push(data);
        motion.description = string.concat("Motion ", VM.toString(_motions.length));
        address proposer = _members[_throw(seed, 7, MEMBERS)];
        if (TOKEN.getPastVotes(proposer, block.timestamp - 1) == 0) {
            motion.over = true;
            return motion;
        }
        (address[] memory targets, uint256[] memory values) = (motion.targets, motion.values);
        (bytes[] memory calldatas, string memory description) = (motion.calldatas, motion.description);
        VM.prank(proposer);
        motion.id = GOVERNOR.propose(targets, values, calldatas, description);
    }

    /// @dev Every second is metered.
    function _metering(uint256 seed) internal pure returns (IAccessDesk.Metering memory metering) {
        if (_throw(seed, 30, 2) == 0) return metering;
        metering.unitPrice = uint128(1 + _throw(seed, 31, 20));
        metering.minimum = uint128(1 + _throw(seed, 32, 200));
        metering.bond = uint128(metering.unitPrice + metering.minimum + _throw(seed, 33, 2000));
        metering.period = uint40(1 hours + _throw(seed, 34, 12 hours));
    }
}
