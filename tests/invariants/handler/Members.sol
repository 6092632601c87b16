// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IDataRegistry} from "../../../contracts/interfaces/IDataRegistry.sol";
import {Actors, APPRAISERS, MEMBERS} from "../Actors.sol";
import {VM} from "../Vm.sol";
import {Log} from "./Log.sol";

/// @title What members do with their data and votes: contribute, withdraw, leave, delegate
abstract contract Members is Log {
    struct Held {
        bytes32 id;
        uint256 member;
        uint8 collection;
        uint56 units;
    }

    Held[] internal _held;
    uint256 private _nonces;

    /// @notice The contributor registers.
    function contribute(uint256 seed) external {
        if (_isPaused()) return;
        (IDataRegistry.SignedContribution memory item, uint256 member, address appraiser) = _appraised(seed, 1);
        if (item.appraisal.units == 0) return;
        _expectMint(item, member, appraiser);
        VM.prank(_members[member]);
        REGISTRY.contribute(item.record, item.nonce, item.appraisal);
        _bookGenesis();
        _did("contribute");
    }

    /// @notice Somebody registers for the contributor.
    function contributeFor(uint256 seed) external {
        if (_isPaused()) return;
        (IDataRegistry.SignedContribution memory item, uint256 member, address appraiser) = _appraised(seed, 1);
        if (item.appraisal.units == 0) return;
        _expectMint(item, member, appraiser);
        REGISTRY.contributeFor(item.record, item.nonce, item.appraisal, item.contributorSignature);
        _bookGenesis();
        _did("contributeFor");
    }

    /// @notice Three at once, of which one is badly signed.
    function contributeBatch(uint256 seed) external {
        if (_isPaused()) return;
        IDataRegistry.SignedContribution[] memory batch = new IDataRegistry.SignedContribution[](3);
        uint256[] memory members = new uint256[](3);
        address[] memory appraisers = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            IDataRegistry.SignedContribution memory item;
            (item, members[i], appraisers[i]) = _appraised(uint256(keccak256(abi.encode(seed, i))), 4);
            if (item.appraisal.units == 0) return;
            uint256 place = i;
            for (; place > 0 && batch[place - 1].record.contributionId > item.record.contributionId; --place) {
                batch[place] = batch[place - 1];
                (members[place], members[place - 1]) = (members[place - 1], members[place]);
                (appraisers[place], appraisers[place - 1]) = (appraisers[place - 1], appraisers[place]);
            }
            batch[place] = item;
        }
        uint256 bad = _throw(seed, 9, 3);
        batch[bad].contributorSignature = Actors.sign(Actors.ARBITER, bytes32(seed));
        for (uint256 i = 0; i < 3; ++i) {
            if (i != bad) _expectMint(batch[i], members[i], appraisers[i]);
        }
        _equal(REGISTRY.contributeBatch(batch), 2, "good ones of a batch");
        _bookGenesis();
        _did("contributeBatch");
    }

    /// @notice An appraiser signs for more than its cap or that of all leaves, and is refused.
    function contributeTooMuch(uint256 seed) external {
        if (_isPaused() || _window.begin == 0) return;
        uint256 key = Actors.appraiserKey(_throw(seed, 2, APPRAISERS));
        uint256 left = _mintable(VM.addr(key));
        _equal(REGISTRY.mintableBy(VM.addr(key)), left, "mintableBy");
        IDataRegistry.SignedContribution memory item =
            _signed(_throw(seed, 1, MEMBERS), uint8(_throw(seed, 3, COLLECTIONS)), key, left + 1 + _throw(seed, 4, 50));
        bool done = true;
        try REGISTRY.contributeFor(item.record, item.nonce, item.appraisal, item.contributorSignature) {}
        catch {
            done = false;
        }
        _same(done, false, "minted above a cap");
        _did("contributeTooMuch");
    }

    /// @notice A member takes one contribution back, itself or by signature.
    function withdraw(uint256 seed) external {
        if (_held.length == 0) return;
        Held memory held = _held[seed % _held.length];
        if (_throw(seed, 1, 2) == 0) {
            VM.prank(_members[held.member]);
            REGISTRY.withdraw(held.id);
        } else {
            uint48 deadline = uint48(block.timestamp);
            bytes32 typeHash = keccak256("Withdrawal(bytes32 contributionId,uint48 deadline)");
            bytes32 structHash = keccak256(abi.encode(typeHash, held.id, deadline));
            REGISTRY.withdrawFor(held.id, deadline, _signedBy(held.member, structHash));
        }
        _units[held.member][held.collection] -= held.units;
        _fold(2, held.id, keccak256(abi.encode(held.units)));
        _touch(held.collection);
        _forget(seed % _held.length);
        _did("withdraw");
    }

    /// @notice A member takes all it has back, seldom.
    function leaveAll(uint256 seed) external {
        uint256 member = seed % MEMBERS;
        uint8 tenure = TOKEN.tenureOf(_members[member]);
        if (_throw(seed, 0, 3) != 0 || _balanceOf(member) == 0 || tenure == 63) return;
        if (_throw(seed, 1, 2) == 0) {
            VM.prank(_members[member]);
            REGISTRY.leaveAll();
        } else {
            bytes32 typeHash = keccak256("Departure(address member,uint8 tenure,uint48 deadline)");
            bytes32 structHash = keccak256(abi.encode(typeHash, _members[member], tenure, uint48(block.timestamp)));
            REGISTRY.leaveAllFor(_members[member], uint48(block.timestamp), _signedBy(member, structHash));
        }
        uint56[3] memory units = [uint56(_units[member][0]), uint56(_units[member][1]), 0];
        _fold(3, bytes32(uint256(uint160(_members[member]))), keccak256(abi.encode(tenure, units)));
        for (uint256 c = 0; c < COLLECTIONS; ++c) {
            if (units[c] != 0) _touch(c);
            _units[member][c] = 0;
        }
        for (uint256 i = _held.length; i > 0; --i) {
            if (_held[i - 1].member == member) _forget(i - 1);
        }
        _did("leaveAll");
    }

    /// @notice A member gives its votes to another, or takes them back.
    function delegate(uint256 seed) external {
        uint256 member = seed % MEMBERS;
        uint256 to = _throw(seed, 0, MEMBERS);
        bool back = _throw(seed, 1, 2) == 0;
        VM.prank(_members[member]);
        TOKEN.delegate(back ? address(0) : _members[to]);
        _delegateOf[member] = back ? member : to;
        _did("delegate");
    }

    // --- internal ---

    /// @dev A record of some member with an appraisal of at most a `share`th of what may be minted.
    function _appraised(uint256 seed, uint256 share)
        private
        returns (IDataRegistry.SignedContribution memory item, uint256 member, address appraiser)
    {
        member = _throw(seed, 1, MEMBERS);
        uint256 key = Actors.appraiserKey(_throw(seed, 2, APPRAISERS));
        appraiser = VM.addr(key);
        uint256 most = REGISTRY.mintableBy(appraiser) / share;
        if (most > 1000) most = 1000;
        if (most == 0) return (item, member, appraiser);
        item = _signed(member, uint8(_throw(seed, 3, COLLECTIONS)), key, 1 + _throw(seed, 4, most));
    }

    function _signed(uint256 member, uint8 collection, uint256 key, uint256 units)
        private
        returns (IDataRegistry.SignedContribution memory item)
    {
        (item.record, item.nonce) = _record(member, collection);
        item.appraisal.units = uint56(units);
        item.appraisal.deadline = uint48(block.timestamp);
        bytes32 recordHash = REGISTRY.recordHash(item.record);
        bytes32 typeHash = keccak256("Appraisal(bytes32 recordHash,uint64 units,uint48 deadline)");
        bytes32 structHash = keccak256(abi.encode(typeHash, recordHash, item.appraisal.units, item.appraisal.deadline));
        item.appraisal.signature = Actors.sign(key, _digest("DataRegistry", address(REGISTRY), structHash));
        item.contributorSignature = _signedBy(member, recordHash);
    }

    function _record(uint256 member, uint8 collection)
        private
        returns (IDataRegistry.Contribution memory record, bytes32 nonce)
    {
        nonce = bytes32(++_nonces);
        address who = _members[member];
        record.contributionId = keccak256(abi.encode(block.chainid, address(REGISTRY), who, nonce));
        (record.contributor, record.collection, record.length) = (who, collection, 1);
        (record.cidDigest, record.keyId, record.epoch) = (nonce, nonce, REGISTRY.currentEpoch());
    }

    function _expectMint(IDataRegistry.SignedContribution memory item, uint256 member, address appraiser) private {
        (uint8 collection, uint56 units) = (item.record.collection, item.appraisal.units);
        _bookMinting(appraiser, units);
        bytes32 dataHash = keccak256(abi.encode(REGISTRY.recordHash(item.record), units, appraiser));
        _fold(1, item.record.contributionId, dataHash);
        _touch(collection);
        _units[member][collection] += units;
        _held.push(Held(item.record.contributionId, member, collection, units));
    }

    function _signedBy(uint256 member, bytes32 structHash) private view returns (bytes memory) {
        return Actors.sign(_memberKeys[member], _digest("DataRegistry", address(REGISTRY), structHash));
    }

    function _forget(uint256 place) private {
        _held[place] = _held[_held.length - 1];
        _held.pop();
    }
}
